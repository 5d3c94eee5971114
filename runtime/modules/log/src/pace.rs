//! How many lines one place in the server's source writes.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use tracing::callsite::Identifier;

/// How many lines of one place may be written at once.
const AT_ONCE: u32 = 500;
/// How long it takes until one more may be.
const EVERY: Duration = Duration::from_millis(20);

/// The pace of every place that has written: what a peer or a phone makes happen thousands of times
/// a second is not logged as often, and what happens elsewhere is logged beside it.
///
/// There are as many as the source has places that log.
#[derive(Debug, Default)]
pub(crate) struct Paces(Mutex<HashMap<Identifier, Pace>>);

#[derive(Debug)]
struct Pace {
    /// Lines that may be written now.
    left: u32,
    /// Until when `left` has grown.
    until: Instant,
    /// Lines that were not written since the last one that was.
    suppressed: u64,
}

impl Pace {
    fn full(now: Instant) -> Self {
        Self {
            left: AT_ONCE,
            until: now,
            suppressed: 0,
        }
    }

    fn admits(&mut self, now: Instant) -> Option<u64> {
        let went_by = now.saturating_duration_since(self.until);
        let grown = went_by.as_micros() / EVERY.as_micros();
        if let Ok(grown) = u32::try_from(grown).map(|grown| grown.min(AT_ONCE)) {
            self.left = self.left.saturating_add(grown).min(AT_ONCE);
            self.until += EVERY * grown;
        }
        if self.left == AT_ONCE {
            self.until = now;
        }
        let Some(left) = self.left.checked_sub(1) else {
            self.suppressed = self.suppressed.saturating_add(1);
            return None;
        };
        self.left = left;
        Some(std::mem::take(&mut self.suppressed))
    }
}

impl Paces {
    /// Whether this place writes a line now; and if it does, how many it has suppressed before.
    pub(crate) fn admits(&self, place: Identifier, now: Instant) -> Option<u64> {
        let mut paces = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let pace = paces.entry(place).or_insert_with(|| Pace::full(now));
        pace.admits(now)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn over_any_time_a_place_writes_no_more_than_its_pace_and_what_it_may_at_once() {
        let begin = Instant::now();
        let mut pace = Pace::full(begin);
        let (mut written, mut suppressed) = (0_u64, 0);
        // 100 seconds of 1000 lines each.
        for millisecond in 0..100_000 {
            let now = begin + Duration::from_millis(1) * millisecond;
            if let Some(before) = pace.admits(now) {
                written += 1;
                suppressed += before;
            }
        }
        assert!((5490..=5510).contains(&written), "{written}");
        assert_eq!(written + suppressed + pace.suppressed, 100_000);
        // Time that goes by unused is saved up to what may be written at once.
        let later = begin + Duration::from_secs(100_000);
        let at_once = (0..1000).filter(|_| pace.admits(later).is_some());
        assert_eq!(at_once.count(), 500);
    }
}
