//! What of the server's time one tenant may take.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::{Duration, Instant};

use crate::paid_until::{HOLDS, PaidUntil};

/// One tenant's share of run time: a token bucket of time.
///
/// Time is reserved before it is taken, and what was not taken is given back; so at no moment is
/// more in use than the bucket holds. It fills by `per_second` in every second, and holds as much
/// as one second brings. What was taken beyond a reservation, or without one, is owed, however much
/// that is: nothing is reserved before time has paid for it.
///
/// A reservation is one exchange of one number, without a lock. Reads no clock.
#[derive(Debug)]
pub struct RunTime {
    /// Nanoseconds of run time that a second brings.
    per_second: AtomicU64,
    /// How long a nanosecond of run time takes to be paid for, in 2^-16 nanoseconds.
    price: AtomicU64,
    paid: PaidUntil,
    /// Whether nobody is there to share with; nothing is counted meanwhile.
    is_alone: Arc<AtomicBool>,
}

/// Run time that nobody else can take: given to [`RunTime::settle`] when it is known how much of it
/// was needed. Dropped, it counts as used up.
#[derive(Debug)]
#[must_use]
pub struct ReservedTime {
    /// How long it takes to be paid for, in nanoseconds.
    pays: u64,
}

const PRICE_BITS: u32 = 16;

impl RunTime {
    /// A full bucket of `per_second`, a nanosecond at least, from `begin` on.
    #[must_use]
    pub fn new(per_second: Duration, begin: Instant) -> Self {
        let share = Self {
            per_second: AtomicU64::new(0),
            price: AtomicU64::new(0),
            paid: PaidUntil::new(begin),
            is_alone: Arc::default(),
        };
        share.set_per_second(per_second);
        share
    }

    /// From now on a second brings so much, a nanosecond at least. What was taken before was paid
    /// at the price of then.
    pub fn set_per_second(&self, per_second: Duration) {
        let per_second = per_second.max(Duration::from_nanos(1));
        let price = (u128::from(HOLDS) << PRICE_BITS) / per_second.as_nanos();
        let nanos = u64::try_from(per_second.as_nanos()).unwrap_or(u64::MAX);
        self.per_second.store(nanos, Ordering::Relaxed);
        let price = u64::try_from(price).unwrap_or(u64::MAX);
        self.price.store(price, Ordering::Relaxed);
    }

    /// The same of a tenant that shares with nobody as long as this is set: it may take all there
    /// is, and owes nothing for it.
    #[must_use]
    pub fn unless_alone(self, is_alone: &Arc<AtomicBool>) -> Self {
        Self {
            is_alone: Arc::clone(is_alone),
            ..self
        }
    }

    /// Whether nobody is there to share with.
    #[must_use]
    pub fn is_alone(&self) -> bool {
        self.is_alone.load(Ordering::Relaxed)
    }

    /// How much run time a second brings, which is also how much may be taken at once.
    #[must_use]
    pub fn per_second(&self) -> Duration {
        Duration::from_nanos(self.per_second.load(Ordering::Relaxed))
    }

    /// Takes so much out of the bucket, or all that a full one holds where that is less.
    ///
    /// # Errors
    /// How long to wait before it is worth asking again, when there is not so much in it.
    pub fn reserve(&self, now: Instant, wanted: Duration) -> Result<ReservedTime, Duration> {
        if self.is_alone() {
            return Ok(ReservedTime { pays: 0 });
        }
        let pays = self.paid.take(now, self.pays(wanted))?;
        Ok(ReservedTime { pays })
    }

    /// Says how much of a reservation was needed, up to now: the rest goes back, and what was
    /// needed beyond it is owed.
    pub fn settle(&self, now: Instant, reserved: ReservedTime, took: Duration) {
        let took = self.pays(took);
        if let Some(rest) = reserved.pays.checked_sub(took) {
            self.paid.give_back(rest);
        } else {
            self.owe(now, took.saturating_sub(reserved.pays));
        }
    }

    /// Takes time for which nothing was reserved: work that was done for the tenant elsewhere and
    /// is over now.
    pub fn charge(&self, now: Instant, took: Duration) {
        self.owe(now, self.pays(took));
    }

    fn owe(&self, now: Instant, pays: u64) {
        if !self.is_alone() {
            self.paid.owe(now, pays);
        }
    }

    /// How long it takes to pay for so much.
    fn pays(&self, took: Duration) -> u64 {
        let price = u128::from(self.price.load(Ordering::Relaxed));
        let pays = took.as_nanos().saturating_mul(price) >> PRICE_BITS;
        u64::try_from(pays).unwrap_or(u64::MAX)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const MS: Duration = Duration::from_millis(1);

    /// A quarter of each second.
    fn quarter() -> (RunTime, Instant) {
        let begin = Instant::now();
        (RunTime::new(250 * MS, begin), begin)
    }

    #[test]
    fn a_second_s_worth_may_be_taken_at_once_and_the_rest_as_time_goes_by() {
        let (share, begin) = quarter();
        for _ in 0..5 {
            drop(share.reserve(begin, 50 * MS).unwrap());
        }
        assert_eq!(share.reserve(begin, MS).unwrap_err(), 4 * MS);
        assert_eq!(share.reserve(begin + 199 * MS, 50 * MS).unwrap_err(), MS);
        drop(share.reserve(begin + 200 * MS, 50 * MS).unwrap());
        // What nobody takes is not saved beyond what the bucket holds.
        let later = begin + 100_000 * MS;
        drop(share.reserve(later, 250 * MS).unwrap());
        assert!(share.reserve(later, MS).is_err());
    }

    #[test]
    fn who_is_alone_takes_all_and_owes_nothing_when_somebody_comes() {
        let begin = Instant::now();
        let is_alone = Arc::new(AtomicBool::new(true));
        let share = RunTime::new(250 * MS, begin).unless_alone(&is_alone);
        for _ in 0..100 {
            let reserved = share.reserve(begin, 250 * MS).unwrap();
            share.settle(begin, reserved, 250 * MS);
        }
        share.charge(begin, 1000 * MS);
        is_alone.store(false, Ordering::Relaxed);
        drop(share.reserve(begin, 250 * MS).unwrap());
        assert_eq!(share.reserve(begin, MS).unwrap_err(), 4 * MS);
    }

    #[test]
    fn a_share_that_is_changed_keeps_what_was_taken_and_pays_the_new_price() {
        let (share, begin) = quarter();
        drop(share.reserve(begin, 250 * MS).unwrap());
        share.set_per_second(500 * MS);
        assert_eq!(share.per_second(), 500 * MS);
        assert_eq!(share.reserve(begin, MS).unwrap_err(), 2 * MS);
        drop(share.reserve(begin + 1000 * MS, 500 * MS).unwrap());
    }

    #[test]
    fn what_was_not_needed_is_given_back_and_what_was_needed_besides_is_owed() {
        let (share, begin) = quarter();
        let reserved = share.reserve(begin, 250 * MS).unwrap();
        assert!(share.reserve(begin, MS).is_err(), "reserved is taken");
        share.settle(begin, reserved, 50 * MS);
        let reserved = share.reserve(begin, 200 * MS).unwrap();
        share.settle(begin, reserved, 300 * MS);
        // 100 ms beyond what there was: paid in 400 ms, and 4 more for what is asked for.
        assert_eq!(share.reserve(begin, MS).unwrap_err(), 404 * MS);
    }

    #[test]
    fn a_bucket_that_was_filled_meanwhile_does_not_overflow_by_what_is_given_back() {
        let (share, begin) = quarter();
        let reserved = share.reserve(begin, 200 * MS).unwrap();
        let later = begin + 10_000 * MS;
        share.settle(later, reserved, Duration::ZERO);
        drop(share.reserve(later, 250 * MS).unwrap());
        assert!(share.reserve(later, MS).is_err());
    }

    #[test]
    fn no_debt_is_so_large_that_it_is_forgiven() {
        let (share, begin) = quarter();
        share.charge(begin, 100_000 * MS);
        // The bucket was full: what is left to pay takes four times as long.
        let wait = share.reserve(begin, MS).unwrap_err();
        assert_eq!(wait, 4 * (100_000 - 250 + 1) * MS);
        share.charge(begin, Duration::MAX);
        assert!(share.reserve(begin + 1_000_000_000 * MS, MS).is_err());
    }

    #[test]
    fn who_asks_for_more_than_a_full_bucket_gets_all_of_it() {
        let (share, begin) = quarter();
        drop(share.reserve(begin, Duration::MAX).unwrap());
        assert!(share.reserve(begin, MS).is_err());
        drop(share.reserve(begin + 1000 * MS, Duration::MAX).unwrap());
    }

    #[test]
    fn threads_together_get_no_more_than_there_is() {
        let (share, begin) = quarter();
        let taken = AtomicU64::new(0);
        std::thread::scope(|scope| {
            for _ in 0..4 {
                scope.spawn(|| {
                    while let Ok(reserved) = share.reserve(begin, MS) {
                        share.settle(begin, reserved, MS / 2);
                        taken.fetch_add(1, Ordering::Relaxed);
                    }
                });
            }
        });
        let taken = taken.load(Ordering::Relaxed);
        assert!((490..=500).contains(&taken), "{taken} halves of 1 ms");
    }
}
