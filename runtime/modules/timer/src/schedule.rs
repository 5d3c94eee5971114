//! When a timer fires next.

use std::time::Duration;

/// One timer's ticks, at fixed distances from its start. Time is handed in, as the duration since
/// that start.
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
        // In nanoseconds: a short interval outlives 32 bits of ticks within two years.
        let due = self
            .interval
            .as_nanos()
            .saturating_mul(u128::from(self.fired) + 1);
        Duration::from_nanos(u64::try_from(due).unwrap_or(u64::MAX))
    }

    /// The tick that is due now, if one is. Those that should have come between are counted as
    /// missed.
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
    fn a_short_interval_does_not_end_with_thirty_two_bits_of_ticks() {
        let interval = Duration::from_millis(10);
        let mut schedule = Schedule {
            interval,
            fired: u64::from(u32::MAX) + 5,
        };
        let due = schedule.next_due();
        assert_eq!(due.as_millis(), (u128::from(u32::MAX) + 6) * 10);
        assert_eq!(schedule.fire(due), Some(Tick { missed: 0 }));
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
