//! Lines of the log that one cause would write thousands of times a second.

use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

/// How long nothing is said after a line.
const QUIET: Duration = Duration::from_secs(10);

/// Something that may happen very often and is told seldom: at once, then every ten seconds at most, with the number.
#[derive(Debug, Default)]
pub struct Seldom(Mutex<Untold>);

#[derive(Debug, Default)]
struct Untold {
    told: Option<Instant>,
    times: u64,
}

impl Seldom {
    /// Nothing happened so far.
    #[must_use]
    pub const fn new() -> Self {
        let untold = Untold {
            told: None,
            times: 0,
        };
        Self(Mutex::new(untold))
    }

    /// It happened at `now`. When it is time to tell: how often it happened since it was told last, this time included.
    #[must_use]
    pub fn happened(&self, now: Instant) -> Option<u64> {
        let mut untold = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        untold.times = untold.times.saturating_add(1);
        let is_due = |told: Instant| now.saturating_duration_since(told) >= QUIET;
        if !untold.told.is_none_or(is_due) {
            return None;
        }
        untold.told = Some(now);
        Some(std::mem::take(&mut untold.times))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_is_told_at_once_and_the_rest_in_numbers() {
        let (seldom, start) = (Seldom::new(), Instant::now());
        assert_eq!(seldom.happened(start), Some(1));
        for second in 1..10 {
            assert_eq!(seldom.happened(start + Duration::from_secs(second)), None);
        }
        assert_eq!(seldom.happened(start + QUIET), Some(10));
        assert_eq!(seldom.happened(start + QUIET), None);
    }
}
