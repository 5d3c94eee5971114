//! `evroute new`

use std::path::PathBuf;

use clap::Args;
use clap::builder::{PossibleValuesParser, TypedValueParser};
use evroute_project::{Language, Scaffold, ScaffoldError, StartingEvent};

use crate::exit::Exit;
use crate::output;

const EXAMPLES: &str = "Examples:
  evroute new my-guard --lang rust
  evroute new handlers/my-guard --lang c --event core:request
  evroute new my-routes --lang kamailio

Makes a folder with a handler that logs what it sees, the WIT packages, cases, the configuration of a \
local server, and a README. Nothing is written over.";

/// Begin a handler in a folder of its own
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Arguments {
    /// The folder to make; its name is the handler's: lower-case letters, digits, hyphens
    #[arg(value_name = "NAME")]
    folder: PathBuf,
    /// What to write it in
    #[arg(short, long = "lang", value_name = "LANGUAGE", value_parser = languages())]
    language: Language,
    /// The event that it handles first
    #[arg(short, long, value_name = "EVENT", default_value = "tm:local-request", value_parser = events())]
    event: StartingEvent,
}

fn languages() -> impl TypedValueParser<Value = Language> {
    PossibleValuesParser::new(Language::ALL.map(Language::as_str))
        .try_map(|word| Language::named(&word).ok_or("no such language"))
}

fn events() -> impl TypedValueParser<Value = StartingEvent> {
    PossibleValuesParser::new(StartingEvent::ALL.map(StartingEvent::as_str))
        .try_map(|name| StartingEvent::named(&name).ok_or("no such event"))
}

impl Arguments {
    pub(super) fn execute(&self) -> Exit {
        let scaffold = Scaffold {
            folder: self.folder.clone(),
            language: self.language,
            event: self.event,
        };
        let folder = self.folder.display();
        match scaffold.write() {
            Ok(_) => output::done(format_args!(
                "{folder}: a handler of {} in {}\nnext:\n  evroute build {folder}\n  evroute test {folder}\n  evroute run --watch {folder}",
                self.event.as_str(),
                self.language
            )),
            Err(error @ (ScaffoldError::Name(_) | ScaffoldError::Taken(_))) => output::usage(error),
            Err(error) => output::wrong(error),
        }
    }
}
