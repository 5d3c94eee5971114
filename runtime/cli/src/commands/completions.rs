//! `evroute completions`

use std::io::{self, Write};

use clap::{Args, CommandFactory};
use clap_complete::Shell;

use crate::exit::Exit;

const EXAMPLES: &str = "Examples:
  evroute completions bash > /etc/bash_completion.d/evroute
  evroute completions zsh > ~/.zfunc/_evroute";

/// Print what a shell needs to complete this command
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Arguments {
    /// The shell
    shell: Shell,
}

impl Arguments {
    pub(super) fn execute(&self) -> Exit {
        // Into memory first: the generator panics when it cannot write.
        let mut script = Vec::new();
        clap_complete::generate(
            self.shell,
            &mut crate::Arguments::command(),
            "evroute",
            &mut script,
        );
        Exit::after_printing(io::stdout().lock().write_all(&script))
    }
}
