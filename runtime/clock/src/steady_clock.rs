//! Time that does not jump.

use std::sync::atomic::{AtomicBool, AtomicI64, AtomicU64, Ordering};

/// Which part of the time that passes may be added or left out to come nearer to the system's
/// clock: a tenth. Contacts and entries of tables live by so much longer or shorter then.
const SLEW: u64 = 10;
/// How often the system's clock is asked, in microseconds.
const LOOK_EVERY_US: u64 = 10_000;
/// How much of the time since the last look counts, in microseconds: after a quiet hour it does not
/// go six minutes at once.
const LOOK_US_MAX: u64 = 1_000_000;
/// From how far on the operator is told, in microseconds.
const TOLD_US: u64 = 10_000_000;

/// A clock that begins at the system's time, goes on as time passes, and follows the system's clock
/// slowly where that is set: what lasts an hour lasts between 54 and 67 minutes, whatever is set
/// meanwhile. It never goes back.
#[derive(Debug)]
pub struct SteadyClock {
    /// What is added to the time that has passed, in microseconds.
    offset_us: AtomicI64,
    /// When the system's clock was asked last.
    looked_us: AtomicU64,
    /// The latest time that was told.
    told_us: AtomicU64,
    /// Whether the operator knows how far it is from the system's clock.
    is_known: AtomicBool,
}

impl SteadyClock {
    /// That begins when the system's clock says `wall_us`, in microseconds since 1970.
    #[must_use]
    pub fn new(wall_us: u64) -> Self {
        Self {
            offset_us: AtomicI64::new(i64::try_from(wall_us).unwrap_or(i64::MAX)),
            looked_us: AtomicU64::new(0),
            told_us: AtomicU64::new(0),
            is_known: AtomicBool::new(false),
        }
    }

    /// The time, in microseconds since 1970, when `passed_us` have passed since it was made. `wall`
    /// asks the system's clock, a hundred times a second at most.
    pub fn at(&self, passed_us: u64, wall: impl FnOnce() -> u64) -> u64 {
        let looked = self.looked_us.load(Ordering::Relaxed);
        let since = passed_us.saturating_sub(looked);
        let is_due = since >= LOOK_EVERY_US;
        let (ours, next) = (Ordering::Relaxed, Ordering::Relaxed);
        let swap = |from, to| self.looked_us.compare_exchange(from, to, ours, next);
        if is_due && swap(looked, passed_us).is_ok() {
            self.follow(passed_us, since.min(LOOK_US_MAX), wall());
        }
        let now = self.shown(passed_us);
        self.told_us.fetch_max(now, Ordering::Relaxed).max(now)
    }

    fn shown(&self, passed_us: u64) -> u64 {
        passed_us.saturating_add_signed(self.offset_us.load(Ordering::Relaxed))
    }

    /// Comes nearer to the system's clock.
    fn follow(&self, passed_us: u64, since_us: u64, wall_us: u64) {
        let shown = self.shown(passed_us);
        let behind = wall_us.abs_diff(shown);
        let step = i64::try_from(behind.min(since_us / SLEW)).unwrap_or_default();
        let step = if wall_us < shown { -step } else { step };
        self.offset_us.fetch_add(step, Ordering::Relaxed);
        let is_far = behind >= TOLD_US;
        if is_far && !self.is_known.swap(true, Ordering::Relaxed) {
            let seconds = behind / 1_000_000;
            let which = if wall_us < shown { "back" } else { "forward" };
            tracing::warn!(
                seconds,
                "the system's clock was set {which}; the server follows it slowly, so that contacts \
                 and entries of tables last as long as they are to. A restart takes it over at once"
            );
        }
        if behind <= since_us / SLEW {
            self.is_known.store(false, Ordering::Relaxed);
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const SECOND: u64 = 1_000_000;
    const HOUR: u64 = 3600 * SECOND;
    const START: u64 = 1_700_000_000 * SECOND;

    /// The time after so many seconds, asked ten times in each, with a system's clock that is
    /// `ahead_us` of what it would be.
    fn after(clock: &SteadyClock, from_us: u64, seconds: u64, ahead_us: i64) -> u64 {
        let mut now = 0;
        for tenth in 1..=seconds * 10 {
            let passed = from_us + tenth * SECOND / 10;
            now = clock.at(passed, || (START + passed).saturating_add_signed(ahead_us));
        }
        now
    }

    #[test]
    fn a_clock_that_nobody_sets_is_the_systems() {
        let clock = SteadyClock::new(START);
        assert_eq!(after(&clock, 0, 100, 0), START + 100 * SECOND);
        // Little corrections are followed at once.
        let set = after(&clock, 100 * SECOND, 1, 5_000);
        assert_eq!(set, START + 101 * SECOND + 5_000);
    }

    #[test]
    fn an_hour_lasts_an_hour_when_the_systems_clock_is_set_by_ten_years() {
        for ahead in [10 * 365 * 24, -10 * 365 * 24] {
            let clock = SteadyClock::new(START);
            let begun = after(&clock, 0, 10, 0);
            let ahead = ahead * i64::try_from(HOUR).unwrap();
            let lasted = after(&clock, 10 * SECOND, 3600, ahead) - begun;
            let range = HOUR / 10 * 9..=HOUR / 10 * 11;
            assert!(range.contains(&lasted), "{lasted}");
        }
    }

    #[test]
    fn it_comes_to_what_the_systems_clock_says() {
        for ahead in [60, -60] {
            let clock = SteadyClock::new(START);
            let ahead = ahead * i64::try_from(SECOND).unwrap();
            let now = after(&clock, 0, 700, ahead);
            assert_eq!(now, (START + 700 * SECOND).saturating_add_signed(ahead));
        }
    }

    #[test]
    fn after_a_quiet_hour_it_goes_on_where_it_was() {
        let clock = SteadyClock::new(START);
        let now = clock.at(HOUR, || START);
        assert_eq!(now, START + HOUR - SECOND / 10);
    }

    proptest! {
        #[test]
        fn it_never_goes_back(steps in prop::collection::vec((1..2 * SECOND, any::<u32>()), 1..200)) {
            let (clock, mut passed, mut last) = (SteadyClock::new(START), 0, 0);
            for (step, wall) in steps {
                passed += step;
                let now = clock.at(passed, || u64::from(wall) * SECOND);
                prop_assert!(now >= last);
                last = now;
            }
        }
    }
}
