//! `evroute run --watch`: builds a project again when it changes, and deploys it to the server
//! beside it.

use std::path::Path;
use std::thread;
use std::time::{Duration, Instant, SystemTime};

use evroute_project::{Builder, Changed, Part, Progress, Sources};
use evroute_server::{Config, ReplaceError, Replaced, Replacer};

use super::build_project::{seconds, show};
use crate::output;

/// How often the project is looked at.
const GLANCE: Duration = Duration::from_millis(50);

/// How long nothing may have changed before it is built: editors write in several steps.
const SETTLED: Duration = Duration::from_millis(20);

/// Builds the project in this folder for the first time.
pub(super) fn begin(folder: &Path) -> Result<Builder, crate::exit::Exit> {
    let mut builder = super::build_project::open(folder).map_err(output::wrong)?;
    builder
        .build(&mut show)
        .map_err(|error| super::build_project::failed(&error))?;
    Ok(builder)
}

/// Fits a configuration to the project that it serves: databases lie in the project's folder,
/// wherever the command was given.
pub(super) fn fit(config: &mut Config, builder: &Builder) -> Result<(), String> {
    let project = builder.project();
    config.place_data_below(&project.root);
    // What "evroute test" has compiled is not compiled again.
    if let Some(folder) = super::build_project::code_cache() {
        config.server.code_cache_dir = folder;
    }
    let same = |path: &Path| path.canonicalize().ok() == project.component.canonicalize().ok();
    let mut handlers = config.tenants.iter().flat_map(|tenant| &tenant.handlers);
    if handlers.any(|handler| same(&handler.component)) {
        return Ok(());
    }
    Err(format!(
        "no [[tenant.handler]] of the configuration has the component {}; add one, or \"evroute run\" without --watch",
        project.component.display()
    ))
}

/// Watches for as long as the server runs, in a thread of its own.
pub(super) fn start(builder: Builder, replacer: Replacer) -> std::io::Result<()> {
    let before = Sources::look(builder.project());
    let watch = Watch {
        builder,
        replacer,
        before,
    };
    output::tell(format_args!(
        "watch: {} is built and deployed again when it changes",
        watch.builder.project().root.display()
    ));
    let thread = thread::Builder::new().name("watch".to_owned());
    thread.spawn(move || watch.run()).map(drop)
}

struct Watch {
    builder: Builder,
    replacer: Replacer,
    before: Sources,
}

impl Watch {
    fn run(mut self) {
        loop {
            thread::sleep(GLANCE);
            let changed = self.changes();
            if changed.is_empty() {
                continue;
            }
            if changed.iter().any(|one| one.part == Part::Settings) {
                output::tell(
                    "watch: what server.toml and evroute.toml say holds from the next start on",
                );
            }
            let sources: Vec<_> = changed
                .iter()
                .filter(|one| one.part == Part::Source)
                .collect();
            if !sources.is_empty() && self.deploy(&sources).is_err() {
                return;
            }
        }
    }

    /// What has changed since the last time, once nothing changes any more.
    fn changes(&mut self) -> Vec<Changed> {
        let project = self.builder.project();
        let mut now = Sources::look(project);
        if now == self.before {
            return Vec::new();
        }
        loop {
            thread::sleep(SETTLED);
            let later = Sources::look(project);
            if later == now {
                break;
            }
            now = later;
        }
        let changed = now.changed_since(&self.before, project);
        self.before = now;
        changed
    }

    /// Builds and deploys. An error of the build is reported and leaves the old revision in force;
    /// the only error here is that there is no server any more.
    fn deploy(&mut self, changed: &[&Changed]) -> Result<(), ReplaceError> {
        let saved = changed.iter().filter_map(|one| one.at).max();
        if let Some(first) = changed.first() {
            let name = first
                .path
                .strip_prefix(&self.builder.project().root)
                .unwrap_or(&first.path);
            let more = changed.len() - 1;
            let more = if more == 0 {
                String::new()
            } else {
                format!(" and {more} more")
            };
            output::tell(format_args!("watch: {}{more} changed", name.display()));
        }
        let begun = Instant::now();
        let mut once = |progress: Progress<'_>| match progress {
            Progress::Once(_) | Progress::Skipped(_) => show(progress),
            Progress::Done(..) => {}
        };
        if let Err(error) = self.builder.build(&mut once) {
            output::complain(&error);
            output::tell("watch: not deployed; the revision before is in force");
            return Ok(());
        }
        let build = begun.elapsed();
        match self.replacer.replace(&self.builder.project().component) {
            Ok(replaced) => {
                report(&replaced, build, saved);
                Ok(())
            }
            Err(ReplaceError::Refused(error)) => {
                output::complain(&error);
                output::tell("watch: not deployed; the revision before is in force");
                Ok(())
            }
            Err(ReplaceError::Stopped) => Err(ReplaceError::Stopped),
        }
    }
}

fn report(replaced: &Replaced, build: Duration, saved: Option<SystemTime>) {
    let since = saved.and_then(|saved| SystemTime::now().duration_since(saved).ok());
    let since = since.map(|since| format!(" {} after the save", seconds(since)));
    output::tell(format_args!(
        "watch: revision {} in force{}: build {}, prepare {:.1} ms, swap {:.1} us; handles {}",
        replaced.revision,
        since.unwrap_or_default(),
        seconds(build),
        replaced.prepare.as_secs_f64() * 1e3,
        replaced.swap.as_secs_f64() * 1e6,
        replaced.events.join(", ")
    ));
}
