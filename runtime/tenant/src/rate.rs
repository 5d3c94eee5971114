//! How much of something may happen in a second.

use std::time::{Duration, Instant};

use crate::paid_until::{HOLDS, PaidUntil};

/// A token bucket of events, fuel or whatever is counted: it fills by `per_second` in every second
/// and holds as much as one second brings. Without a lock; reads no clock.
#[derive(Debug)]
pub struct Rate {
    per_second: u64,
    paid: PaidUntil,
}

impl Rate {
    /// A full bucket from `begin` on; `per_second` is at least 1.
    #[must_use]
    pub fn new(per_second: u64, begin: Instant) -> Self {
        Self {
            per_second: per_second.max(1),
            paid: PaidUntil::new(begin),
        }
    }

    /// How much a second brings, which is also how much may be taken at once.
    #[must_use]
    pub const fn per_second(&self) -> u64 {
        self.per_second
    }

    /// Takes so much, or all that a full bucket holds where that is less.
    ///
    /// # Errors
    /// How long to wait before it is worth asking again, when there is not so much in it.
    pub fn take(&self, now: Instant, amount: u64) -> Result<(), Duration> {
        self.paid.take(now, self.pays(amount)).map(drop)
    }

    /// Takes what has been used already, however much that is: nothing more is there until time has
    /// paid for it.
    pub fn charge(&self, now: Instant, amount: u64) {
        self.paid.owe(now, self.pays(amount));
    }

    /// Whether anything is left.
    #[must_use]
    pub fn has_any(&self, now: Instant) -> bool {
        self.paid.has_any(now)
    }

    fn pays(&self, amount: u64) -> u64 {
        let pays = u128::from(amount) * u128::from(HOLDS) / u128::from(self.per_second);
        u64::try_from(pays).unwrap_or(u64::MAX)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const MS: Duration = Duration::from_millis(1);

    #[test]
    fn as_many_as_a_second_brings_come_at_once_and_the_others_as_time_goes_by() {
        let begin = Instant::now();
        for per_second in [1, 7, 1000, 1_000_000_000_000] {
            let rate = Rate::new(per_second, begin);
            assert_eq!(rate.take(begin, per_second), Ok(()));
            assert!(!rate.has_any(begin));
            assert!(rate.take(begin, per_second / 2 + 1).is_err());
            let half = begin + 501 * MS;
            assert_eq!(rate.take(half, per_second / 2), Ok(()), "{per_second}");
            // What nobody takes is not saved.
            let later = begin + 100_000 * MS;
            assert_eq!(rate.take(later, per_second), Ok(()));
            assert!(rate.take(later, per_second).is_err());
        }
    }

    #[test]
    fn what_was_used_is_owed_and_more_than_all_is_all() {
        let begin = Instant::now();
        let rate = Rate::new(100, begin);
        assert_eq!(rate.take(begin, u64::MAX), Ok(()), "a full bucket");
        rate.charge(begin, 1000);
        assert_eq!(rate.take(begin, 1), Err(10_010 * MS));
        assert!(!rate.has_any(begin + 9_000 * MS));
        assert_eq!(rate.take(begin + 10_010 * MS, 1), Ok(()));
        rate.charge(begin, u64::MAX);
        assert!(rate.take(begin + 1_000_000 * MS, 1).is_err());
    }
}
