//! The wall clock: the one place where the server asks what time it is.
//!
//! Events carry this time, and a run's own clock stands still at it. What lasts is measured by
//! [`std::time::Instant`] instead, and timers of transactions by the runtime's clock, which tests
//! move.

use std::time::{SystemTime, UNIX_EPOCH};

/// Microseconds since 1970; 0 for a clock that is set before that.
#[must_use]
pub fn now_us() -> u64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH);
    u64::try_from(since.unwrap_or_default().as_micros()).unwrap_or(u64::MAX)
}
