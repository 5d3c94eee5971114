//! Progress lines, so that a long measurement never looks hung.

use std::time::Instant;

/// Says what is going on, with the seconds since the start.
#[derive(Debug)]
pub(crate) struct Progress {
    start: Instant,
}

impl Progress {
    /// Begins counting now.
    pub(crate) fn begin() -> Self {
        Self {
            start: Instant::now(),
        }
    }

    /// Prints one line to stderr; the table alone goes to stdout.
    pub(crate) fn say(&self, line: &str) {
        eprintln!("[{:>4} s] {line}", self.start.elapsed().as_secs());
    }
}
