//! The clocks: that of events, read where one arises (a run's own clock stands still), and that of timers.

use std::time::{Instant, SystemTime, UNIX_EPOCH};

/// The clock of transaction timers: the runtime's, which tests may move.
pub(crate) fn now() -> Instant {
    tokio::time::Instant::now().into_std()
}

/// Microseconds since 1970.
#[must_use]
pub fn now_us() -> u64 {
    let since = SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .unwrap_or_default();
    u64::try_from(since.as_micros()).unwrap_or(u64::MAX)
}
