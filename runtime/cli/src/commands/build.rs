//! `evroute build`

use std::fmt::Write;
use std::fs;
use std::path::PathBuf;

use clap::Args;
use evroute_kamailio::{Compiled, Error, Given, Source, compile};
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
  evroute build kamailio.cfg -A WITH_BLOCKLIST -A PORT=5080

A folder with evroute.toml (\"evroute new\" makes one) is built with the tools of its language; what they print is passed on \
as it is. What is needed once (Rust's libraries for WebAssembly, compilers from npm or pip) is kept in EVROUTE_CACHE, by default \
~/.cache/evroute.

Of a Kamailio configuration the event_route blocks, and the route blocks that they call, are compiled to a handler. What \
stands outside of them is read over and listed. What stands inside and cannot be compiled is an error with its line, its \
column and what to write instead; all of them are reported, and nothing is written. `evroute check` then says which grants \
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
    /// An event of a configuration whose block is wanted, with its event filter; may be repeated.
    /// Without it: all
    #[arg(short, long = "event", value_name = "EVENT")]
    events: Vec<String>,
    /// A name that is defined before the first line, as Kamailio's option; may be repeated
    #[arg(short = 'A', long = "define", value_name = "NAME[=VALUE]")]
    defines: Vec<String>,
    /// A variable of the environment for #!defenv, which otherwise reads nothing; without a value
    /// that of this machine
    #[arg(long = "env", value_name = "NAME[=VALUE]")]
    environment: Vec<String>,
    /// Where to write the module of a configuration in WebAssembly's text form, to look at
    #[arg(long, value_name = "FILE")]
    text: Option<PathBuf>,
}

impl Arguments {
    pub(super) fn execute(&self, check: ComponentCheck) -> Exit {
        if !self.path.is_dir() {
            return self.compile();
        }
        let is_of_file = self.output.is_some()
            || self.text.is_some()
            || !self.events.is_empty()
            || !self.defines.is_empty()
            || !self.environment.is_empty();
        if is_of_file {
            return output::usage(
                "--output, --text, --event, --define and --env are about a Kamailio configuration; a project says in \
                 evroute.toml where its component goes (component), and what is defined for its blocks (define, env)",
            );
        }
        build_project::execute(&self.path, check)
    }

    fn compile(&self) -> Exit {
        let given = match self.given() {
            Ok(given) => given,
            Err(what) => return output::usage(&what),
        };
        let text = match fs::read(&self.path) {
            Ok(bytes) => String::from_utf8_lossy(&bytes).into_owned(),
            Err(error) => {
                return output::wrong(format_args!("cannot read {}: {error}", self.path.display()));
            }
        };
        let compiled = compile(&Source {
            name: &self.path.display().to_string(),
            text: &text,
            includes: &included,
            given: &given,
            events: &self.events,
        });
        match compiled {
            Ok(compiled) => self.write(&compiled),
            Err(Error::Diagnostics(faults)) => output::wrong(faults.with_lines()),
            Err(error @ Error::Internal(_)) => output::our_fault(error),
        }
    }

    /// What the options say. An error is a variable that this machine has not.
    fn given(&self) -> Result<Given, String> {
        let pair = |text: &String| match text.split_once('=') {
            Some((name, value)) => (name.to_owned(), Some(value.to_owned())),
            None => (text.clone(), None),
        };
        let defines = self.defines.iter().map(pair);
        let environment = self.environment.iter().map(pair).map(|(name, value)| {
            let value = match value {
                Some(value) => Ok(value),
                None => std::env::var(&name).map_err(|error| format!("--env {name}: {error}")),
            };
            value.map(|value| (name, value))
        });
        Ok(Given {
            defines: defines
                .map(|(name, value)| (name, value.unwrap_or_default()))
                .collect(),
            environment: environment.collect::<Result<_, _>>()?,
        })
    }

    fn write(&self, compiled: &Compiled) -> Exit {
        let target = match &self.output {
            Some(target) => target.clone(),
            None => self.path.with_extension("wasm"),
        };
        if let Err(error) = replace(&target, &compiled.component) {
            return output::wrong(format_args!("cannot write {}: {error}", target.display()));
        }
        if let Some(text) = &self.text {
            let module = match compiled.module_text() {
                Ok(module) => module,
                Err(error) => return output::our_fault(error),
            };
            if let Err(error) = replace(text, module.as_bytes()) {
                return output::wrong(format_args!("cannot write {}: {error}", text.display()));
            }
        }
        let mut report = format!(
            "{}: {} bytes, handles {}",
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
