//! What a quota of a tenant refused: counted for its metric, and logged seldom.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Instant;

use evroute_log_throttle::LogThrottle;

/// How often a quota refused something.
#[derive(Debug, Default)]
pub struct QuotaRefusals {
    count: AtomicU64,
    lines: LogThrottle,
}

impl QuotaRefusals {
    /// None so far.
    #[must_use]
    pub const fn new() -> Self {
        Self {
            count: AtomicU64::new(0),
            lines: LogThrottle::new(),
        }
    }

    /// Counts one. When a line of the log is due: how many there were since the last one.
    #[must_use]
    pub fn refuse(&self) -> Option<u64> {
        self.count.fetch_add(1, Ordering::Relaxed);
        self.lines.happened(Instant::now())
    }

    /// How many there were.
    #[must_use]
    pub fn count(&self) -> u64 {
        self.count.load(Ordering::Relaxed)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_refusal_counts_and_the_first_is_logged() {
        let refusals = QuotaRefusals::new();
        assert_eq!(refusals.refuse(), Some(1));
        assert_eq!(refusals.refuse(), None);
        assert_eq!(refusals.count(), 2);
    }
}
