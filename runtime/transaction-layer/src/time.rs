//! The clock of transaction timers.

use std::time::Instant;

/// The runtime's time, which tests may move.
pub(crate) fn now() -> Instant {
    tokio::time::Instant::now().into_std()
}
