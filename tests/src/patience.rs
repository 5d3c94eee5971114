//! Waiting for what another process does.

use std::thread;
use std::time::{Duration, Instant};

use crate::Error;

/// How long anything may take before a test fails: far more than it needs, on a machine that does
/// other things.
pub const PATIENCE: Duration = Duration::from_secs(30);

/// Asks again and again until there is an answer.
///
/// # Errors
/// [`Error::Late`] with what `log` returns, after [`PATIENCE`].
pub fn eventually<T>(
    what: &str,
    mut ask: impl FnMut() -> Option<T>,
    log: impl FnOnce() -> String,
) -> Result<T, Error> {
    let start = Instant::now();
    loop {
        if let Some(answer) = ask() {
            return Ok(answer);
        }
        if start.elapsed() > PATIENCE {
            let (what, seconds) = (what.to_owned(), PATIENCE.as_secs());
            return Err(Error::Late {
                what,
                seconds,
                log: log(),
            });
        }
        thread::sleep(Duration::from_millis(10));
    }
}
