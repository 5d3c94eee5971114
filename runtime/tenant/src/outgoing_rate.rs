//! How many requests a tenant sends in a second.

use std::sync::Arc;
use std::time::{Duration, Instant};

use crate::{Ledger, Rate};

/// The requests that leave for a tenant, those of its callers and the server's own: limited, and
/// counted. Those inside a dialog have a reserve as large as the rate, so that a call that stands
/// can be ended while no new one gets out.
#[derive(Debug)]
pub struct OutgoingRate {
    /// None is without limit.
    limit: Option<Buckets>,
    ledger: Arc<Ledger>,
}

#[derive(Debug)]
struct Buckets {
    any: Rate,
    in_dialog: Rate,
}

/// A tenant sends as many requests as it may.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
#[error(
    "the tenant sends more than {per_second} requests in a second, \
     outgoing_requests_per_second_max in [tenant.quota]"
)]
pub struct OverOutgoingRate {
    /// The limit.
    pub per_second: u64,
    /// How long to wait before it is worth asking again.
    pub wait: Duration,
}

impl OverOutgoingRate {
    /// The wait in whole seconds, at least one: what Retry-After has.
    #[must_use]
    pub fn retry_after_seconds(&self) -> u64 {
        self.wait
            .as_millis()
            .div_ceil(1000)
            .max(1)
            .try_into()
            .unwrap_or(u64::MAX)
    }
}

impl OutgoingRate {
    /// Full buckets of so many a second; 0 is without limit. The ledger counts them.
    #[must_use]
    pub fn new(per_second: u64, begin: Instant, ledger: Arc<Ledger>) -> Self {
        let limit = (per_second > 0).then(|| Buckets {
            any: Rate::new(per_second, begin),
            in_dialog: Rate::new(per_second, begin),
        });
        Self { limit, ledger }
    }

    /// Takes so many copies of one request; where that is more than a second brings, all that there
    /// is.
    ///
    /// # Errors
    /// [`OverOutgoingRate`]: none may leave.
    pub fn take(
        &self,
        now: Instant,
        copies: u64,
        is_in_dialog: bool,
    ) -> Result<(), OverOutgoingRate> {
        let taken = self.limit.as_ref().map_or(Ok(()), |limit| {
            let taken = limit.any.take(now, copies);
            let taken = taken.or_else(|wait| match is_in_dialog {
                true => limit.in_dialog.take(now, copies),
                false => Err(wait),
            });
            taken.map_err(|wait| OverOutgoingRate {
                per_second: limit.any.per_second(),
                wait,
            })
        });
        self.ledger.send(copies, taken.is_ok());
        taken
    }

    /// How many could leave, before a restart as well.
    #[must_use]
    pub fn requests(&self) -> u64 {
        self.ledger.totals().outgoing
    }

    /// How many could not, for the limit.
    #[must_use]
    pub fn requests_refused(&self) -> u64 {
        self.ledger.totals().outgoing_refused
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECOND: Duration = Duration::from_secs(1);

    #[test]
    fn no_more_leave_than_a_second_brings_and_each_is_counted() {
        let begin = Instant::now();
        let rate = OutgoingRate::new(3, begin, Arc::default());
        assert_eq!(rate.take(begin, 2, false), Ok(()));
        assert_eq!(rate.take(begin, 1, false), Ok(()));
        let over = rate.take(begin, 2, false).unwrap_err();
        assert_eq!(over.per_second, 3);
        let key = "outgoing_requests_per_second_max in [tenant.quota]";
        assert!(over.to_string().contains(key), "{over}");
        assert_eq!((rate.requests(), rate.requests_refused()), (3, 2));
        assert_eq!(rate.take(begin + over.wait, 2, false), Ok(()));
        assert_eq!((rate.requests(), rate.requests_refused()), (5, 2));
    }

    #[test]
    fn a_call_is_ended_while_no_new_one_gets_out_and_that_has_a_limit_too() {
        let begin = Instant::now();
        let rate = OutgoingRate::new(2, begin, Arc::default());
        assert_eq!(rate.take(begin, 2, false), Ok(()));
        assert!(rate.take(begin, 1, false).is_err());
        assert_eq!(rate.take(begin, 1, true), Ok(()));
        assert_eq!(rate.take(begin, 1, true), Ok(()));
        assert!(rate.take(begin, 1, true).is_err());
        assert_eq!(rate.take(begin + SECOND, 2, false), Ok(()), "its own still");
    }

    #[test]
    fn a_fork_wider_than_the_rate_takes_a_whole_second() {
        let begin = Instant::now();
        let rate = OutgoingRate::new(1, begin, Arc::default());
        assert_eq!(rate.take(begin, 10, false), Ok(()));
        assert!(rate.take(begin, 1, false).is_err());
        assert_eq!(rate.take(begin + SECOND, 1, false), Ok(()));
        let without = OutgoingRate::new(0, begin, Arc::default());
        (0..1000).for_each(|_| assert_eq!(without.take(begin, 1000, false), Ok(())));
    }
}
