//! The one number of a token bucket.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

/// The moment at which all that was taken out of a bucket will have been paid for (the "theoretical
/// arrival time" of the generic cell rate algorithm, ITU-T I.371), so that taking is one exchange
/// of one number, without a lock. A bucket holds what one second brings. Reads no clock.
#[derive(Debug)]
pub(crate) struct PaidUntil {
    begin: Instant,
    /// Nanoseconds since `begin`.
    paid_at: AtomicU64,
}

/// What one second brings, in nanoseconds of paying.
pub(crate) const HOLDS: u64 = 1_000_000_000;

impl PaidUntil {
    /// A full bucket from `begin` on.
    pub(crate) fn new(begin: Instant) -> Self {
        Self {
            begin,
            paid_at: AtomicU64::new(0),
        }
    }

    /// Takes what takes so many nanoseconds to be paid for, or all that a full bucket holds where
    /// that is less; how much that was.
    ///
    /// The error is how long to wait before it is worth asking again, when there is not so much.
    pub(crate) fn take(&self, now: Instant, pays: u64) -> Result<u64, Duration> {
        let now = self.since_begin(now);
        let pays = pays.min(HOLDS);
        let taken = |paid_at: u64| paid_at.max(now).saturating_add(pays);
        let full = now.saturating_add(HOLDS);
        let change = |paid_at| Some(taken(paid_at)).filter(|taken| *taken <= full);
        let before = self
            .paid_at
            .fetch_update(Ordering::Relaxed, Ordering::Relaxed, change);
        match before {
            Ok(_) => Ok(pays),
            Err(paid_at) => {
                let wait = taken(paid_at).saturating_sub(full);
                Err(Duration::from_nanos(wait.max(1)))
            }
        }
    }

    /// Takes what has been used already, however much that is: nothing more is there until time has
    /// paid for it.
    pub(crate) fn owe(&self, now: Instant, pays: u64) {
        let now = self.since_begin(now);
        let change = |paid_at: u64| Some(paid_at.max(now).saturating_add(pays));
        // It is always changed.
        let _ = self
            .paid_at
            .fetch_update(Ordering::Relaxed, Ordering::Relaxed, change);
    }

    /// Puts back a part of what [`PaidUntil::take`] has taken.
    pub(crate) fn give_back(&self, pays: u64) {
        // Cannot be less than nothing: taking it has added more.
        self.paid_at.fetch_sub(pays, Ordering::Relaxed);
    }

    /// Whether anything is left.
    pub(crate) fn has_any(&self, now: Instant) -> bool {
        let full = self.since_begin(now).saturating_add(HOLDS);
        self.paid_at.load(Ordering::Relaxed) < full
    }

    fn since_begin(&self, now: Instant) -> u64 {
        let since = now.saturating_duration_since(self.begin);
        u64::try_from(since.as_nanos()).unwrap_or(u64::MAX)
    }
}
