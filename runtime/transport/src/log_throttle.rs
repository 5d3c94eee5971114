//! Lines of the log that one cause would write thousands of times a second.

use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

/// How long nothing is said after a line.
const QUIET: Duration = Duration::from_secs(10);

/// Something that may happen very often and is told seldom: at once, then every ten seconds at most, with the number.
#[derive(Debug, Default)]
pub struct LogThrottle(Mutex<Suppressed>);

#[derive(Debug, Default)]
struct Suppressed {
    told: Option<Instant>,
    times: u64,
}

impl LogThrottle {
    /// Nothing happened so far.
    #[must_use]
    pub const fn new() -> Self {
        let suppressed = Suppressed {
            told: None,
            times: 0,
        };
        Self(Mutex::new(suppressed))
    }

    /// It happened at `now`. When it is time to tell: how often it happened since it was told last, this time included.
    #[must_use]
    pub fn happened(&self, now: Instant) -> Option<u64> {
        let mut suppressed = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        suppressed.times = suppressed.times.saturating_add(1);
        let is_due = |told: Instant| now.saturating_duration_since(told) >= QUIET;
        if !suppressed.told.is_none_or(is_due) {
            return None;
        }
        suppressed.told = Some(now);
        Some(std::mem::take(&mut suppressed.times))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_is_told_at_once_and_the_rest_in_numbers() {
        let (log_throttle, start) = (LogThrottle::new(), Instant::now());
        assert_eq!(log_throttle.happened(start), Some(1));
        for second in 1..10 {
            assert_eq!(
                log_throttle.happened(start + Duration::from_secs(second)),
                None
            );
        }
        assert_eq!(log_throttle.happened(start + QUIET), Some(10));
        assert_eq!(log_throttle.happened(start + QUIET), None);
    }
}
