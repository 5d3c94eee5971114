//! A project's component, built and looked over.

use std::fmt::Write;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use evroute_project::{BuildEnv, BuildError, Builder, Progress, Project, ProjectError};
use evroute_server::{CheckOptions, ComponentCheck};

use crate::exit::Exit;
use crate::output;

/// Builds the project in this folder and says what came of it.
pub(super) fn execute(folder: &Path, check: ComponentCheck) -> Exit {
    let begun = Instant::now();
    let mut builder = match open(folder) {
        Ok(builder) => builder,
        Err(error) => return output::wrong(error),
    };
    if let Err(error) = builder.build(&mut show) {
        return failed(&error);
    }
    let component = &builder.project().component;
    let report = match check(component, &check_options()) {
        Ok(report) => report,
        Err(sentence) => return output::wrong(format_args!("{}: {sentence}", component.display())),
    };
    let bytes = std::fs::metadata(component).map_or(0, |found| found.len());
    let mut text = format!(
        "{}: {bytes} bytes in {}, handles {}",
        component.display(),
        seconds(begun.elapsed()),
        report.handles.join(", ")
    );
    let used = super::check::used(&report);
    let grants: Vec<_> = report
        .asks
        .into_iter()
        .filter_map(|asked| asked.grant)
        .collect();
    if !grants.is_empty() {
        // Writing to a String does not fail.
        let _ = write!(text, ", asks for {}", grants.join(", "));
    }
    if !used.is_empty() {
        let _ = write!(text, ", uses {}", used.join(", "));
    }
    output::done(text)
}

/// A builder for the project in this folder.
pub(super) fn open(folder: &Path) -> Result<Builder, ProjectError> {
    Ok(Builder::new(Project::open(folder)?, build_env()))
}

/// Says why there is no component.
pub(super) fn failed(error: &BuildError) -> Exit {
    if error.is_our_fault() {
        output::our_fault(error)
    } else {
        output::wrong(error)
    }
}

/// One line for each step, to standard error: standard output is for the result.
pub(super) fn show(progress: Progress<'_>) {
    match progress {
        Progress::Once(what) => output::tell(format_args!("build: {what} ...")),
        Progress::Done(step, took) => output::tell(format_args!("build: {step} {}", seconds(took))),
        Progress::Skipped(part) => output::tell(format_args!("not compiled: {part}")),
    }
}

/// A time as people say it.
pub(super) fn seconds(time: Duration) -> String {
    format!("{:.2} s", time.as_secs_f64())
}

/// A folder that a variable of the environment names.
fn folder(variable: &str) -> Option<PathBuf> {
    std::env::var_os(variable)
        .filter(|value| !value.is_empty())
        .map(PathBuf::from)
}

/// What the user keeps to save time; none where the user has no folder of their own.
fn cache() -> Option<PathBuf> {
    folder("EVROUTE_CACHE")
        .or_else(|| Some(folder("XDG_CACHE_HOME")?.join("evroute")))
        .or_else(|| Some(folder("HOME")?.join(".cache/evroute")))
}

/// Where the commands of authors keep compiled code.
pub(super) fn code_cache() -> Option<PathBuf> {
    Some(cache()?.join("code-cache"))
}

/// How components are looked over.
pub(super) fn check_options() -> CheckOptions {
    CheckOptions {
        code_cache: code_cache(),
        slow: |what| output::tell(what),
    }
}

/// The environment's part.
fn build_env() -> BuildEnv {
    let cache = cache().unwrap_or_else(|| std::env::temp_dir().join("evroute"));
    // Tools are started in the project's folder, to which a relative path would not belong.
    let cache = std::path::absolute(&cache).unwrap_or(cache);
    // Who has a folder of cargo's own keeps it.
    let has_own = folder("CARGO_TARGET_DIR").is_some();
    BuildEnv {
        cargo_target: (!has_own).then(|| cache.join("cargo-target")),
        cache,
        rustup: std::env::var_os("EVROUTE_RUSTUP").is_some_and(|value| value == "1"),
    }
}
