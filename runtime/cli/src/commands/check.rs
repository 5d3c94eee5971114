//! `evroute check`

use std::fmt::Write;
use std::fs::File;
use std::io::Read;
use std::path::{Path, PathBuf};

use clap::Args;
use evroute_server::{
    CheckOptions, CodeCache, ComponentCheck, ComponentReport, Config, TenantSource, Vocabulary,
    check_handlers,
};

use super::{build_project, grant_lines};
use crate::exit::Exit;
use crate::output;

const EXAMPLES: &str = "Examples:
  evroute check guest-examples/demo.toml
  evroute check guest-examples/target/components/call-guard.wasm
  evroute check --grants guest-examples/target/components/call-guard.wasm

Of a component: which events it handles and which capabilities it asks for. Of a configuration: whether it is right, with the \
tenants that were added while its server ran (data_dir/tenants), and the same for each of its handlers. Each is compiled, linked and started once, as the server does it, and what is taken \
here is taken there. Opens no socket and no database, and raises no event.";

/// Say what a configuration or a component does, and what is wrong with it
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Arguments {
    /// A configuration (TOML) or a component (WebAssembly)
    #[arg(value_name = "FILE")]
    file: PathBuf,
    /// Print the grants that a component needs, as lines for its [[tenant.handler]]
    #[arg(long)]
    grants: bool,
}

impl Arguments {
    pub(super) fn execute(&self, check: ComponentCheck) -> Exit {
        let is_wasm = self
            .file
            .extension()
            .is_some_and(|extension| extension == "wasm")
            || begins_as_wasm(&self.file);
        if self.grants {
            if !is_wasm {
                return output::usage("--grants is about a component: give FILE.wasm");
            }
            return print_grants(&self.file, check);
        }
        if is_wasm {
            check_component(&self.file, check)
        } else {
            check_config(&self.file)
        }
    }
}

fn begins_as_wasm(file: &Path) -> bool {
    let mut head = [0; 4];
    File::open(file)
        .and_then(|mut file| file.read_exact(&mut head))
        .is_ok()
        && head == *b"\0asm"
}

fn check_component(file: &Path, check: ComponentCheck) -> Exit {
    match check(file, &build_project::check_options()) {
        Ok(report) => {
            let mut text = format!("{}: a component", file.display());
            describe(&mut text, &report, "  ");
            output::done(text)
        }
        Err(sentence) => output::wrong(format_args!("{}: {sentence}", file.display())),
    }
}

fn print_grants(file: &Path, check: ComponentCheck) -> Exit {
    match check(file, &build_project::check_options()) {
        Ok(report) => output::done(grant_lines::lines(&report)),
        Err(sentence) => output::wrong(format_args!("{}: {sentence}", file.display())),
    }
}

/// Adds a line for each thing that is known about a component.
fn describe(text: &mut String, report: &ComponentReport, indent: &str) {
    let mut line = |what: &str, words: String| {
        if !words.is_empty() {
            // Writing to a String does not fail.
            let _ = write!(text, "\n{indent}{what} {words}");
        }
    };
    line("handles ", report.handles.join(", "));
    let granted = report
        .asks
        .iter()
        .filter_map(|asked| Some((asked, asked.grant.as_ref()?)));
    let asks: Vec<_> = granted
        .map(|(asked, grant)| format!("{grant} ({})", asked.interface))
        .collect();
    line("asks for", asks.join(", "));
    line("uses    ", used(report).join(", "));
    let wasi = report.asks.iter().map(|asked| asked.interface.as_str());
    let wasi: Vec<_> = wasi.filter(|name| name.starts_with("wasi:")).collect();
    line("links   ", wasi.join(", "));
    line("lane    ", report.lane.to_owned());
    let kept = match report.fresh_because {
        None => "reset after a run and pooled".to_owned(),
        Some(reason) => format!("fresh for every run ({reason})"),
    };
    line("instance", kept);
}

/// A check that the server's own user makes finds what the server has compiled, and the server what
/// the check has. Others use their own cache: they leave nothing of theirs in the server's.
fn options_of(config: &Config) -> CheckOptions {
    let of_server = &config.server.code_cache_dir;
    let mut options = build_project::check_options();
    if CodeCache::is_private(of_server) {
        options.code_cache = Some(of_server.clone());
    }
    options
}

/// What a component's code names, as the grants for it are written.
pub(super) fn used(report: &ComponentReport) -> Vec<String> {
    let tables = report.tables.iter().map(|name| format!("htable:{name}"));
    let databases = report.databases.iter().map(|name| format!("sql:{name}"));
    tables.chain(databases).collect()
}

pub(super) fn check_config(file: &Path) -> Exit {
    let mut config = match Config::load(file, &Vocabulary::current()) {
        Ok(config) => config,
        Err(errors) => return output::wrong(errors.with_lines()),
    };
    config.read_added_tenants(&Vocabulary::current());
    let listeners: Vec<_> = config.listeners.iter().map(ToString::to_string).collect();
    let mut text = format!(
        "{}: nothing is wrong with it\n  SIP on {}\n  admin on http://{}",
        file.display(),
        listeners.join(", "),
        config.admin.address
    );
    let checked = match check_handlers(&config, &options_of(&config)) {
        Ok(checked) => checked,
        Err(sentence) => return output::wrong(sentence),
    };
    let mut wrong: Vec<_> = config
        .broken_tenants
        .iter()
        .map(|broken| {
            let place = config.added_tenant_file(&broken.name).display().to_string();
            // What is wrong with a line names the file already.
            match broken.why.contains(&place) {
                true => broken.why.clone(),
                false => format!("{place}: {}", broken.why),
            }
        })
        .collect();
    for (tenant, checked) in config.tenants.iter().zip(checked) {
        let file = match tenant.source {
            TenantSource::File => file.to_owned(),
            TenantSource::Folder => config.added_tenant_file(tenant.id.as_str()),
        };
        let _ = write!(
            text,
            "\n  tenant {} ({})",
            tenant.id,
            tenant.domains.join(", ")
        );
        if tenant.source == TenantSource::Folder {
            let _ = write!(text, ", added: {}", file.display());
        }
        for (handler, checked) in tenant.handlers.iter().zip(checked) {
            match checked {
                Ok(report) => {
                    let _ = write!(
                        text,
                        "\n    handler {} (fail policy {})",
                        handler.id, handler.fail_policy
                    );
                    describe(&mut text, &report, "      ");
                }
                Err(sentence) => {
                    wrong.push(format!("{}:{}: {sentence}", file.display(), handler.line));
                    wrong.extend(handler.quoted.clone());
                }
            }
        }
    }
    if wrong.is_empty() {
        output::done(text)
    } else {
        output::wrong(wrong.join("\n"))
    }
}
