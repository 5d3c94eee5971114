//! Timer values and limits the operator may set.

use std::time::Duration;

/// Smallest value any duration of [`Config`] may have: one tick of the timer wheel.
pub const DURATION_MIN: Duration = Duration::from_millis(1);
/// Largest value any duration of [`Config`] may have.
pub const DURATION_MAX: Duration = Duration::from_secs(24 * 60 * 60);

/// Timer values (RFC 3261 table 4) and limits of one [`crate::TransactionTable`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Config {
    /// Round trip estimate; base of timers A, B, E, F, G, H, J, L and M. RFC default 500 ms.
    pub t1: Duration,
    /// Largest retransmission interval of non-INVITE requests and INVITE responses. 4 s.
    pub t2: Duration,
    /// Longest time a message stays in the network; timers I and K. 5 s.
    pub t4: Duration,
    /// Timer C: how long a proxied INVITE may ring without a new 101-199. RFC 3261 16.6
    /// step 11 wants more than 3 minutes; Kamailio's `fr_inv_timer` defaults to 2.
    pub timer_c: Duration,
    /// Timer D over unreliable transports: how long the ACK is repeated. At least 32 s.
    pub timer_d: Duration,
    /// An INVITE without any answer after this long makes [`crate::Output::TryingDue`]. 200 ms.
    pub trying_after: Duration,
    /// An INVITE client transaction still ringing after this long is cancelled, however many
    /// 1xx keep arriving. Kamailio's `max_inv_lifetime`.
    pub invite_lifetime_max: Duration,
    /// How long an INVITE to which nothing at all was heard is waited for once it is to be
    /// cancelled: then its user need not wait for it, although it is still repeated, and cancelled
    /// as soon as something is heard (9.1). T2.
    pub cancel_silence_max: Duration,
    /// A non-INVITE server transaction the user has not answered by then is terminated.
    /// Kamailio's `max_noninv_lifetime`.
    pub other_lifetime_max: Duration,
    /// How many transactions one table holds at most, client and server together.
    pub transactions_max: usize,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            t1: Duration::from_millis(500),
            t2: Duration::from_secs(4),
            t4: Duration::from_secs(5),
            timer_c: Duration::from_secs(181),
            timer_d: Duration::from_secs(32),
            trying_after: Duration::from_millis(200),
            invite_lifetime_max: Duration::from_secs(15 * 60),
            cancel_silence_max: Duration::from_secs(4),
            other_lifetime_max: Duration::from_secs(64),
            transactions_max: 200_000,
        }
    }
}

impl Config {
    /// 64*T1: timers B, F, H, J, L, M and the wait after a CANCEL (RFC 3261 9.1).
    #[must_use]
    pub fn t1_64(&self) -> Duration {
        self.t1.saturating_mul(64)
    }

    /// How long an INVITE server transaction may stay unanswered. Longer than the client side,
    /// so that a branch cancelled for its age can still report its 487 or 408 upstream.
    #[must_use]
    pub fn unanswered_invite_max(&self) -> Duration {
        self.invite_lifetime_max
            .saturating_add(self.t1_64())
            .saturating_add(self.t1_64())
    }

    /// Checks every value against its range.
    ///
    /// # Errors
    /// [`TimersError`] names the first value out of range.
    pub fn check(&self) -> Result<(), TimersError> {
        let durations = [
            ("t1", self.t1),
            ("t2", self.t2),
            ("t4", self.t4),
            ("timer_c", self.timer_c),
            ("timer_d", self.timer_d),
            ("trying_after", self.trying_after),
            ("invite_lifetime_max", self.invite_lifetime_max),
            ("cancel_silence_max", self.cancel_silence_max),
            ("other_lifetime_max", self.other_lifetime_max),
        ];
        for (name, value) in durations {
            if !(DURATION_MIN..=DURATION_MAX).contains(&value) {
                return Err(TimersError::Duration { name, value });
            }
        }
        if self.transactions_max == 0 || self.transactions_max >= crate::slab::CAPACITY_MAX {
            return Err(TimersError::TransactionsMax(self.transactions_max));
        }
        Ok(())
    }
}

/// A value of [`Config`] out of its range. The operator's fault.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum TimersError {
    /// A duration below [`DURATION_MIN`] or above [`DURATION_MAX`].
    #[error("{name} is {value:?}, must be between 1 ms and 24 h")]
    Duration {
        /// Name of the field.
        name: &'static str,
        /// What it was set to.
        value: Duration,
    },
    /// Zero, or more than an identifier can number.
    #[error("transactions_max is {0}, must be at least 1 and below 2^32 - 1")]
    TransactionsMax(usize),
}

#[cfg(test)]
mod tests;
