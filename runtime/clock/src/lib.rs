//! The wall clock: the one place where the server asks what time it is.
//!
//! Events carry [`now_us`], a run's own clock stands still at it, and what expires in memory does
//! so by it: it does not jump when the system's clock is set ([`SteadyClock`]). What people read
//! and what is compared with dates, such as lines of the log, rows of the audit log and the end of
//! a token, has [`wall_us`]. What is measured is measured by [`std::time::Instant`], and timers of
//! transactions by the runtime's clock, which tests move.

mod steady_clock;

use std::sync::LazyLock;
use std::time::{Instant, SystemTime, UNIX_EPOCH};

pub use steady_clock::SteadyClock;

/// When this process asked for the first time, and its clock.
static CLOCK: LazyLock<(Instant, SteadyClock)> =
    LazyLock::new(|| (Instant::now(), SteadyClock::new(wall_us())));

/// Microseconds since 1970, by a clock that does not jump.
#[must_use]
pub fn now_us() -> u64 {
    let (begun, clock) = &*CLOCK;
    let passed = u64::try_from(begun.elapsed().as_micros()).unwrap_or(u64::MAX);
    clock.at(passed, wall_us)
}

/// Microseconds since 1970, as the system's clock says now; 0 for one that is set before that.
#[must_use]
pub fn wall_us() -> u64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH);
    u64::try_from(since.unwrap_or_default().as_micros()).unwrap_or(u64::MAX)
}

/// [`wall_us`] in seconds.
#[must_use]
pub fn wall_seconds() -> u64 {
    wall_us() / 1_000_000
}
