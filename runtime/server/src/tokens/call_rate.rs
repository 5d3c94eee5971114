//! How often somebody may call.

use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

/// Addresses that are told apart. What comes beyond them shares one rate.
const ADDRESSES_MAX: usize = 4096;

/// So many in a second, and as many seconds' worth at once.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct CallLimit {
    pub(crate) per_second: u32,
    pub(crate) seconds_at_once: u32,
}

impl CallLimit {
    fn at_once(self) -> u64 {
        u64::from(self.per_second) * u64::from(self.seconds_at_once)
    }
}

/// A bucket of calls: full at first, and it fills up again as time goes by.
#[derive(Debug)]
struct Bucket {
    /// From this moment on it has as many as it can hold.
    full_at: Instant,
}

impl Bucket {
    /// Takes so many calls, if there are as many.
    fn take(&mut self, calls: u32, limit: CallLimit, now: Instant) -> bool {
        let seconds = |calls: u64| {
            let nanos = calls.saturating_mul(1_000_000_000);
            Duration::from_nanos(nanos / u64::from(limit.per_second.max(1)))
        };
        let after = self.full_at.max(now) + seconds(u64::from(calls));
        let fits = after.saturating_duration_since(now) <= seconds(limit.at_once());
        if fits {
            self.full_at = after;
        }
        fits
    }
}

/// The rate of one caller.
#[derive(Debug)]
pub(crate) struct CallRate {
    limit: CallLimit,
    bucket: Mutex<Bucket>,
}

impl CallRate {
    pub(crate) fn new(limit: CallLimit, now: Instant) -> Self {
        let bucket = Mutex::new(Bucket { full_at: now });
        Self { limit, bucket }
    }

    /// Takes so many calls; false when that is too many now, and none is taken.
    pub(crate) fn take(&self, calls: u32, now: Instant) -> bool {
        let mut bucket = self.bucket.lock().unwrap_or_else(PoisonError::into_inner);
        bucket.take(calls, self.limit, now)
    }
}

/// The rates of addresses, a bounded number of them.
#[derive(Debug)]
pub(crate) struct AddressRates {
    limit: CallLimit,
    buckets: Mutex<Buckets>,
}

#[derive(Debug)]
struct Buckets {
    by_address: HashMap<IpAddr, Bucket>,
    of_others: Bucket,
}

impl AddressRates {
    pub(crate) fn new(limit: CallLimit, now: Instant) -> Self {
        let buckets = Buckets {
            by_address: HashMap::new(),
            of_others: Bucket { full_at: now },
        };
        Self {
            limit,
            buckets: Mutex::new(buckets),
        }
    }

    /// Takes so many calls of this address; false when that is too many now, and none is taken.
    pub(crate) fn take(&self, from: IpAddr, calls: u32, now: Instant) -> bool {
        let mut buckets = self.buckets.lock().unwrap_or_else(PoisonError::into_inner);
        let Buckets {
            by_address,
            of_others,
        } = &mut *buckets;
        if by_address.len() >= ADDRESSES_MAX && !by_address.contains_key(&from) {
            // Whoever was quiet for long enough is as one who was never here.
            by_address.retain(|_, bucket| bucket.full_at > now);
        }
        let bucket = if by_address.len() < ADDRESSES_MAX || by_address.contains_key(&from) {
            by_address.entry(from).or_insert(Bucket { full_at: now })
        } else {
            of_others
        };
        bucket.take(calls, self.limit, now)
    }
}

#[cfg(test)]
mod tests {
    use std::net::Ipv6Addr;

    use super::*;

    const LIMIT: CallLimit = CallLimit {
        per_second: 10,
        seconds_at_once: 2,
    };

    #[test]
    fn over_any_time_a_caller_calls_no_more_than_its_rate_and_what_it_may_at_once() {
        let begin = Instant::now();
        let rate = CallRate::new(LIMIT, begin);
        assert_eq!((0..100).filter(|_| rate.take(1, begin)).count(), 20);
        let second = begin + Duration::from_secs(1);
        assert!(!rate.take(11, second), "a batch is taken as a whole");
        assert!(rate.take(10, second) && !rate.take(1, second));
        let later = begin + Duration::from_secs(1000);
        assert_eq!((0..100).filter(|_| rate.take(1, later)).count(), 20);
    }

    #[test]
    fn addresses_have_rates_of_their_own_and_there_is_an_end_of_them() {
        let begin = Instant::now();
        let rates = AddressRates::new(LIMIT, begin);
        let address = |number: u32| IpAddr::from(Ipv6Addr::from(u128::from(number) << 64));
        let taken = |number: u32, now| {
            (0..30)
                .filter(|_| rates.take(address(number), 1, now))
                .count()
        };
        let most = u32::try_from(ADDRESSES_MAX).unwrap();
        assert!((0..most).all(|number| taken(number, begin) == 20));
        assert_eq!(taken(most, begin), 20);
        assert_eq!(taken(most + 1, begin), 0, "those beyond share one");
        let held = || rates.buckets.lock().unwrap().by_address.len();
        assert_eq!(held(), ADDRESSES_MAX);
        let later = begin + Duration::from_secs(2);
        assert_eq!((taken(most + 1, later), held()), (20, 1));
    }
}
