//! Whether a database can be reached, and when that is logged.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Instant;

use evroute_log_throttle::LogThrottle;

/// What was seen of a database, and what of it was logged. A call of a database that can be reached
/// costs one look at a flag.
#[derive(Debug, Default)]
pub(crate) struct Reach {
    is_out: AtomicBool,
    /// Whether it was told that it is out of reach now; it is reported as well when it is back.
    is_reported: Mutex<bool>,
    /// One whose connections are all busy comes and goes with every call.
    losses: LogThrottle,
}

impl Reach {
    /// It cannot be reached. When that is to be logged: how often it went before and nothing was
    /// logged.
    pub(crate) fn lost(&self, now: Instant) -> Option<u64> {
        let mut is_reported = self.lock();
        if !self.is_out.swap(true, Ordering::Relaxed) {
            *is_reported = false;
            self.losses.count();
        }
        if *is_reported {
            return None;
        }
        let times = self.losses.due(now)?;
        *is_reported = true;
        Some(times.saturating_sub(1))
    }

    /// It answered. Whether it is to be logged that it is back.
    pub(crate) fn found(&self) -> bool {
        if !self.is_out.load(Ordering::Relaxed) {
            return false;
        }
        let mut is_reported = self.lock();
        let was_out = self.is_out.swap(false, Ordering::Relaxed);
        was_out && std::mem::take(&mut *is_reported)
    }

    fn lock(&self) -> MutexGuard<'_, bool> {
        self.is_reported
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    /// How long one line lasts.
    const QUIET: Duration = Duration::from_secs(10);

    #[test]
    fn what_comes_and_goes_is_reported_once_and_then_in_numbers() {
        let (reach, start) = (Reach::default(), Instant::now());
        assert!(!reach.found());
        assert_eq!(reach.lost(start), Some(0));
        assert_eq!(reach.lost(start), None, "it is out of reach still");
        assert!(reach.found());
        assert!(!reach.found());
        for _ in 0..7 {
            assert_eq!(reach.lost(start + QUIET / 2), None);
            assert!(!reach.found(), "nobody was told that it went");
        }
        assert_eq!(reach.lost(start + QUIET), Some(7));
        assert!(reach.found());
    }

    #[test]
    fn one_that_stays_away_is_reported_even_if_it_went_when_nothing_was_reported() {
        let (reach, start) = (Reach::default(), Instant::now());
        reach.lost(start);
        reach.found();
        assert_eq!(reach.lost(start + QUIET / 2), None);
        assert_eq!(reach.lost(start + QUIET), Some(0));
        assert_eq!(reach.lost(start + 2 * QUIET), None);
        assert!(reach.found());
    }
}
