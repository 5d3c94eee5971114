//! When a timer fires next.

use std::time::Duration;

/// One timer's ticks, at fixed distances from its start. Time is handed in, as the duration since that start.
#[derive(Clone, Copy, Debug)]
pub struct Schedule {
    interval: Duration,
    fired: u64,
}

/// A tick that is due.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Tick {
    /// How many ticks were skipped before it, since the one before took too long.
    pub missed: u32,
}

impl Schedule {
    /// Ticks every `interval`, at least a millisecond; the first one interval after the start.
    #[must_use]
    pub fn every(interval: Duration) -> Self {
        Self {
            interval: interval.max(Duration::from_millis(1)),
            fired: 0,
        }
    }

    /// How long after the start the next tick is due.
    #[must_use]
    pub fn next_due(&self) -> Duration {
        let ticks = u32::try_from(self.fired.saturating_add(1)).unwrap_or(u32::MAX);
        self.interval.saturating_mul(ticks)
    }

    /// The tick that is due now, if one is. Those that should have come between are counted as missed.
    pub fn fire(&mut self, since_start: Duration) -> Option<Tick> {
        let passed = since_start.as_nanos() / self.interval.as_nanos();
        let passed = u64::try_from(passed).unwrap_or(u64::MAX);
        let new = passed.checked_sub(self.fired).filter(|new| *new > 0)?;
        self.fired = passed;
        Some(Tick {
            missed: u32::try_from(new - 1).unwrap_or(u32::MAX),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECOND: Duration = Duration::from_secs(1);

    #[test]
    fn ticks_keep_their_distance_from_the_start() {
        let mut schedule = Schedule::every(SECOND);
        assert_eq!(schedule.next_due(), SECOND);
        assert_eq!(schedule.fire(Duration::from_millis(999)), None);
        assert_eq!(
            schedule.fire(Duration::from_millis(1300)),
            Some(Tick { missed: 0 })
        );
        assert_eq!(schedule.next_due(), 2 * SECOND);
        assert_eq!(schedule.fire(Duration::from_millis(1999)), None);
    }

    #[test]
    fn ticks_that_a_slow_run_swallowed_are_counted_once() {
        let mut schedule = Schedule::every(SECOND);
        assert_eq!(schedule.fire(SECOND), Some(Tick { missed: 0 }));
        assert_eq!(
            schedule.fire(Duration::from_millis(4500)),
            Some(Tick { missed: 2 })
        );
        assert_eq!(schedule.next_due(), 5 * SECOND);
        assert_eq!(schedule.fire(5 * SECOND), Some(Tick { missed: 0 }));
    }
}
