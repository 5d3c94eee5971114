//! `evroute build`

use std::fmt::Write;
use std::fs;
use std::path::PathBuf;

use clap::Args;
use evroute_kamailio::{Compiled, Error, Source, compile};
use evroute_project::{included, replace};
use evroute_server::ComponentCheck;

use super::build_project;
use crate::exit::Exit;
use crate::output;

const EXAMPLES: &str = "Examples:
  evroute build my-guard
  evroute build
  evroute build guest-examples/kamailio/local-request/routes.cfg
  evroute build kamailio.cfg -o handler.wasm --event tm:local-request --event htable:mod-init

A folder with evroute.toml (\"evroute new\" makes one) is built with the tools of its language; what they print is passed on \
as it is. What is needed once (Rust's libraries for WebAssembly, compilers from npm or pip) is kept in EVROUTE_CACHE, by default \
~/.cache/evroute.

Of a Kamailio configuration the event_route blocks, and the route blocks that they call, are compiled to a handler. What \
stands outside of them is read over and listed. What stands inside and cannot be compiled is an error with its line, its \
column and what to write instead; all of them are told, and nothing is written. `evroute check` then says which grants \
the handler needs.";

/// Build a handler: a project, or the event routes of a Kamailio configuration
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Arguments {
    /// A project's folder, or a Kamailio configuration; files that it includes are read too
    #[arg(value_name = "PATH", default_value = ".")]
    path: PathBuf,
    /// Where to write the component of a configuration [default: PATH with .wasm at its end]
    #[arg(short, long, value_name = "FILE")]
    output: Option<PathBuf>,
    /// An event of a configuration whose block is wanted, with its third segment; may be repeated. Without it: all
    #[arg(short, long = "event", value_name = "EVENT")]
    events: Vec<String>,
    /// Where to write the module of a configuration in WebAssembly's text form, to look at
    #[arg(long, value_name = "FILE")]
    text: Option<PathBuf>,
}

impl Arguments {
    pub(super) fn execute(&self, check: ComponentCheck) -> Exit {
        if !self.path.is_dir() {
            return self.compile();
        }
        if self.output.is_some() || self.text.is_some() || !self.events.is_empty() {
            return output::usage(
                "--output, --text and --event are about a Kamailio configuration; a project says in evroute.toml \
                 where its component goes",
            );
        }
        build_project::execute(&self.path, check)
    }

    fn compile(&self) -> Exit {
        let text = match fs::read(&self.path) {
            Ok(octets) => String::from_utf8_lossy(&octets).into_owned(),
            Err(error) => {
                return output::wrong(format_args!("cannot read {}: {error}", self.path.display()));
            }
        };
        let compiled = compile(&Source {
            name: &self.path.display().to_string(),
            text: &text,
            includes: &included,
            events: &self.events,
        });
        match compiled {
            Ok(compiled) => self.write(&compiled),
            Err(Error::Faults(faults)) => output::wrong(faults),
            Err(error @ Error::Internal(_)) => output::our_fault(error),
        }
    }

    fn write(&self, compiled: &Compiled) -> Exit {
        let target = match &self.output {
            Some(target) => target.clone(),
            None => self.path.with_extension("wasm"),
        };
        if let Err(error) = replace(&target, &compiled.component) {
            return output::wrong(format_args!("cannot write {}: {error}", target.display()));
        }
        if let Some(text) = &self.text
            && let Err(error) = replace(text, compiled.module.as_bytes())
        {
            return output::wrong(format_args!("cannot write {}: {error}", text.display()));
        }
        let mut report = format!(
            "{}: {} octets, handles {}",
            target.display(),
            compiled.component.len(),
            compiled.events.join(", ")
        );
        for skipped in &compiled.skipped {
            // Writing to a String does not fail.
            let _ = write!(report, "\nnot compiled: {skipped}");
        }
        output::done(report)
    }
}
