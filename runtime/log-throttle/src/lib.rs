//! Lines of the log that one cause would write thousands of times a second.

use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

/// How long a number of lines has to last.
const WINDOW: Duration = Duration::from_secs(10);

/// Something that may happen very often and is logged seldom: so many lines in ten seconds at most,
/// each with the number of times since the one before.
#[derive(Debug)]
pub struct LogThrottle {
    lines_max: u32,
    window: Mutex<Window>,
}

#[derive(Debug)]
struct Window {
    begun: Option<Instant>,
    /// Lines since then.
    lines: u32,
    /// How often it happened since the last line.
    times: u64,
}

impl Default for LogThrottle {
    fn default() -> Self {
        Self::new()
    }
}

impl LogThrottle {
    /// One line in ten seconds.
    #[must_use]
    pub const fn new() -> Self {
        Self::lines(1)
    }

    /// So many lines in ten seconds.
    #[must_use]
    pub const fn lines(lines_max: u32) -> Self {
        Self {
            lines_max,
            window: Mutex::new(Window {
                begun: None,
                lines: 0,
                times: 0,
            }),
        }
    }

    /// It happened at `now`. When a line is due: how often it happened since the last one, this
    /// time included.
    #[must_use]
    pub fn happened(&self, now: Instant) -> Option<u64> {
        self.count();
        self.due(now)
    }

    /// It happened; [`due`](Self::due) will say whether that is logged.
    pub fn count(&self) {
        let mut window = self.lock();
        window.times = window.times.saturating_add(1);
    }

    /// Whether a line is due at `now`, and with which number. The caller writes it.
    #[must_use]
    pub fn due(&self, now: Instant) -> Option<u64> {
        let mut window = self.lock();
        let is_over = |begun: Instant| now.saturating_duration_since(begun) >= WINDOW;
        if window.begun.is_none_or(is_over) {
            (window.begun, window.lines) = (Some(now), 0);
        }
        if window.lines >= self.lines_max {
            return None;
        }
        window.lines += 1;
        Some(std::mem::take(&mut window.times))
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Window> {
        self.window.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_is_logged_at_once_and_the_rest_in_numbers() {
        let (throttle, start) = (LogThrottle::new(), Instant::now());
        assert_eq!(throttle.happened(start), Some(1));
        for second in 1..10 {
            assert_eq!(throttle.happened(start + Duration::from_secs(second)), None);
        }
        assert_eq!(throttle.happened(start + WINDOW), Some(10));
        assert_eq!(throttle.happened(start + WINDOW), None);
    }

    #[test]
    fn where_there_are_more_lines_the_number_goes_with_the_next() {
        let (throttle, start) = (LogThrottle::lines(3), Instant::now());
        for _ in 0..3 {
            assert_eq!(throttle.happened(start), Some(1));
        }
        for second in 0..9 {
            assert_eq!(throttle.happened(start + Duration::from_secs(second)), None);
        }
        assert_eq!(throttle.happened(start + WINDOW), Some(10));
        assert_eq!(throttle.happened(start + WINDOW), Some(1));
    }

    #[test]
    fn what_was_counted_is_logged_when_a_line_is_due() {
        let (throttle, start) = (LogThrottle::new(), Instant::now());
        throttle.count();
        throttle.count();
        assert_eq!(throttle.due(start), Some(2));
        throttle.count();
        assert_eq!(throttle.due(start), None);
        assert_eq!(throttle.due(start + WINDOW), Some(1));
    }
}
