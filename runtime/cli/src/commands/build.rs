//! `evroute build`

use std::fmt::Write;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use clap::Args;
use evroute_kamailio::{Compiled, Error, Source, compile};

use crate::exit::Exit;
use crate::output;

const EXAMPLES: &str = "Examples:
  evroute build guest-examples/kamailio/local-request/routes.cfg
  evroute build kamailio.cfg -o handler.wasm
  evroute build kamailio.cfg --event tm:local-request --event htable:mod-init

Compiles the event_route blocks of a Kamailio configuration, and the route blocks that they call, to a handler. What \
stands outside of them is read over and listed. What stands inside and cannot be compiled is an error with its line, its \
column and what to write instead; all of them are told, and nothing is written. `evroute check` then says which grants \
the handler needs.";

/// Compile the event routes of a Kamailio configuration
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Arguments {
    /// A Kamailio configuration; files that it includes are read too
    #[arg(value_name = "FILE")]
    file: PathBuf,
    /// Where to write the component [default: FILE with .wasm at its end]
    #[arg(short, long, value_name = "FILE")]
    output: Option<PathBuf>,
    /// An event whose block is wanted, with its third segment; may be repeated. Without it: all
    #[arg(short, long = "event", value_name = "EVENT")]
    events: Vec<String>,
    /// Where to write the module in WebAssembly's text form, to look at
    #[arg(long, value_name = "FILE")]
    text: Option<PathBuf>,
}

impl Arguments {
    pub(super) fn execute(&self) -> Exit {
        let text = match fs::read(&self.file) {
            Ok(octets) => String::from_utf8_lossy(&octets).into_owned(),
            Err(error) => {
                return output::wrong(format_args!("cannot read {}: {error}", self.file.display()));
            }
        };
        let compiled = compile(&Source {
            name: &self.file.display().to_string(),
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
            None => self.file.with_extension("wasm"),
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

/// A file that another one includes lies beside it, unless its name says otherwise.
fn included(name: &str, from: &str) -> Result<(String, String), String> {
    let folder = Path::new(from).parent().unwrap_or(Path::new(""));
    let path = folder.join(name);
    match fs::read(&path) {
        Ok(octets) => Ok((
            path.display().to_string(),
            String::from_utf8_lossy(&octets).into_owned(),
        )),
        Err(error) => Err(error.to_string()),
    }
}

/// Writes beside the target and renames, so that nobody reads half of it; what would not change is left alone.
fn replace(target: &Path, contents: &[u8]) -> io::Result<()> {
    if fs::read(target).is_ok_and(|old| old == contents) {
        return Ok(());
    }
    let mut partial = target.as_os_str().to_owned();
    partial.push(".partial");
    fs::write(&partial, contents)?;
    fs::rename(&partial, target)
}
