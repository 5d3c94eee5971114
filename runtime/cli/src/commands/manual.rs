//! `evroute manual`

use std::io::{self, Write};
use std::path::PathBuf;

use clap::{Args, CommandFactory};

use crate::exit::Exit;
use crate::output;

const EXAMPLES: &str = "Examples:
  evroute manual | man -l -
  evroute manual /usr/local/share/man/man1";

/// Print the manual page, or write a page for each command
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Arguments {
    /// A folder that exists: evroute.1, evroute-run.1 and so on are written into it
    folder: Option<PathBuf>,
}

impl Arguments {
    pub(super) fn execute(&self) -> Exit {
        let command = crate::Arguments::command();
        let Some(folder) = &self.folder else {
            let mut page = Vec::new();
            let made = clap_mangen::Man::new(command).render(&mut page);
            return Exit::after_printing(made.and_then(|()| io::stdout().lock().write_all(&page)));
        };
        match clap_mangen::generate_to(command, folder) {
            Ok(()) => Exit::Done,
            Err(error) => output::wrong(format_args!("{}: {error}", folder.display())),
        }
    }
}
