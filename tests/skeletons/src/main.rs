//! `evroute-skeletons`: begins an event or a module. Exit codes: 0 written, 1 it is refused, 2
//! usage.

use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Parser, Subcommand};
use evroute_skeletons::{Change, Error, EventName, MARK, ModuleName, Origin, Tree, event, module};

/// Begins an event or a module: writes what every one of them has, with marks where its author goes
/// on.
#[derive(Debug, Parser)]
#[command(name = "evroute-skeletons")]
struct Command {
    #[command(subcommand)]
    what: What,
    /// The repository.
    #[arg(long, default_value = ".", global = true)]
    root: PathBuf,
}

#[derive(Debug, Subcommand)]
enum What {
    /// An event of a module that exists: its interface, its struct, what handlers read of it, how
    /// cases write it, its rows in the documents, and a test that fails until something raises it.
    Event {
        /// `module:event`, as configurations write it: dialog:start.
        name: String,
    },
    /// A module without anything: its crate, its line in the server's list, and a test that fails
    /// until it offers something.
    Module {
        /// Kamailio's name for it where there is one: dialog.
        name: String,
    },
}

fn main() -> ExitCode {
    let command = Command::parse();
    match begin(&command) {
        Ok(changes) => {
            tell(&changes, &command.what);
            ExitCode::SUCCESS
        }
        Err(error) => {
            eprintln!("evroute-skeletons: {error}");
            ExitCode::FAILURE
        }
    }
}

fn begin(command: &Command) -> Result<Vec<Change>, Error> {
    let mut tree = Tree::at(&command.root);
    match &command.what {
        What::Event { name } => event(&mut tree, &EventName::parse(name)?)?,
        What::Module { name } => module(&mut tree, &ModuleName::parse(name)?)?,
    }
    tree.commit()
}

fn tell(changes: &[Change], what: &What) {
    for change in changes {
        let by = match change.origin {
            Origin::Author => "yours",
            Origin::Printed => "printed",
        };
        println!("{by:8} {}", change.path);
    }
    println!("\nWrite what stands at the marks: git grep -n '{MARK}'");
    if matches!(what, What::Event { .. }) {
        println!(
            "Then the line that raises it. `make reference` prints docs/reference.md, and the test in\n\
             tests/e2e/events.rs says when it is done."
        );
    }
}
