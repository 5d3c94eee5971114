//! How often the failures of one handler are told.

use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

/// How long a number of lines has to last.
const WINDOW: Duration = Duration::from_secs(10);
/// How many lines there are in it. Each names its call; beyond, the number is told with the next line.
const LINES_MAX: u32 = 20;

/// The lines of the log about one handler's failed runs: a handler that fails for every message of a flood must not
/// fill the log with it.
#[derive(Debug, Default)]
pub(crate) struct FailureLines(Mutex<Window>);

#[derive(Debug, Default)]
struct Window {
    begun: Option<Instant>,
    told: u32,
    suppressed: u64,
}

impl FailureLines {
    /// A run failed at `now`. If it is to be told: how many before it were not.
    pub(crate) fn admit(&self, now: Instant) -> Option<u64> {
        let mut window = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let is_over = |begun: Instant| now.saturating_duration_since(begun) >= WINDOW;
        if window.begun.is_none_or(is_over) {
            (window.begun, window.told) = (Some(now), 0);
        }
        if window.told >= LINES_MAX {
            window.suppressed = window.suppressed.saturating_add(1);
            return None;
        }
        window.told += 1;
        Some(std::mem::take(&mut window.suppressed))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn some_are_told_and_the_rest_in_numbers() {
        let (lines, start) = (FailureLines::default(), Instant::now());
        for _ in 0..LINES_MAX {
            assert_eq!(lines.admit(start), Some(0));
        }
        for second in 0..9 {
            assert_eq!(lines.admit(start + Duration::from_secs(second)), None);
        }
        assert_eq!(lines.admit(start + WINDOW), Some(9));
        assert_eq!(lines.admit(start + WINDOW), Some(0));
    }
}
