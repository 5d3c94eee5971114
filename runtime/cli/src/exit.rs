//! Exit codes. They are part of the public surface.

use std::io;
use std::process::ExitCode;

use crate::output;

/// What --help says about exit codes.
pub(crate) const HELP: &str = "Exit codes: 0 done, 1 something is wrong in what you gave (the message says what \
and how to put it right), 2 usage, 3 it cannot be done, 4 our fault.";

/// How a command ends.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Exit {
    /// Done.
    Done,
    /// Something wrong was found in the user's input.
    Wrong,
    /// Called wrongly.
    Usage,
    /// What is asked cannot be done with what was given.
    Cannot,
    /// Our fault.
    OurFault,
}

impl Exit {
    /// Done, if what was to be printed could be. A reader who has seen enough
    /// (`evroute ... | head`) is fine.
    pub(crate) fn after_printing(printed: io::Result<()>) -> Self {
        match printed {
            Err(error) if error.kind() != io::ErrorKind::BrokenPipe => {
                output::wrong(format_args!("standard output cannot be written: {error}"))
            }
            Ok(()) | Err(_) => Self::Done,
        }
    }
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        Self::from(match exit {
            Exit::Done => 0,
            Exit::Wrong => 1,
            Exit::Usage => 2,
            Exit::Cannot => 3,
            Exit::OurFault => 4,
        })
    }
}
