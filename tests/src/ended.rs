//! Commands that end by themselves.

use std::process::{Command, Output};
use std::sync::mpsc;
use std::thread;
use std::time::Duration;

use crate::{Error, PATIENCE};

/// What a command left behind.
#[derive(Clone, Debug)]
pub struct Ended {
    /// The exit code; none when a signal ended it.
    pub code: Option<i32>,
    /// What it wrote to standard output.
    pub out: String,
    /// What it wrote to standard error.
    pub err: String,
}

impl From<Output> for Ended {
    fn from(output: Output) -> Self {
        Self {
            code: output.status.code(),
            out: String::from_utf8_lossy(&output.stdout).into_owned(),
            err: String::from_utf8_lossy(&output.stderr).into_owned(),
        }
    }
}

/// Runs a command to its end.
///
/// # Errors
/// When it cannot be started or does not end in time; the process is left to the test's end then.
pub fn run_to_end(command: Command) -> Result<Ended, Error> {
    run_to_end_within(PATIENCE, command)
}

/// As [`run_to_end`], of what is expected to take longer.
///
/// # Errors
/// As [`run_to_end`].
pub fn run_to_end_within(patience: Duration, mut command: Command) -> Result<Ended, Error> {
    let what = format!("{command:?}");
    let (reported, ended) = mpsc::channel();
    thread::spawn(move || reported.send(command.output()));
    match ended.recv_timeout(patience) {
        Ok(Ok(output)) => Ok(output.into()),
        Ok(Err(cause)) => Err(Error::System { what, cause }),
        Err(_) => Err(Error::Late {
            what,
            seconds: patience.as_secs(),
            log: String::new(),
        }),
    }
}
