//! Messages that are neither passed on nor answered, and why.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Instant;

use evroute_log_throttle::LogThrottle;

/// Why a message was neither passed on nor answered.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Ignored {
    /// Not a message, and nothing that could be answered.
    Unreadable,
    /// A response or an ACK without what is needed to know where it belongs.
    Malformed,
    /// An ACK that is refused: nobody answers an ACK (RFC 3261 17.1.1.3).
    AckRefused,
    /// An ACK whose next hop could not be reached.
    AckNotSent,
    /// A response whose top Via is not ours (18.1.2).
    NotOurs,
    /// A response that is larger than the caller's datagrams may be; a 500 went in its place.
    ResponseTooLarge,
}

impl Ignored {
    /// All reasons.
    pub const ALL: [Self; 6] = [
        Self::Unreadable,
        Self::Malformed,
        Self::AckRefused,
        Self::AckNotSent,
        Self::NotOurs,
        Self::ResponseTooLarge,
    ];

    /// The word in the log and in the label `reason` of the metrics.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Unreadable => "unreadable",
            Self::Malformed => "malformed",
            Self::AckRefused => "ack-refused",
            Self::AckNotSent => "ack-not-sent",
            Self::NotOurs => "not-ours",
            Self::ResponseTooLarge => "response-too-large",
        }
    }
}

/// How often each happened.
#[derive(Debug, Default)]
pub(crate) struct IgnoredCounts {
    unreadable: Occurrence,
    malformed: Occurrence,
    ack_refused: Occurrence,
    ack_not_sent: Occurrence,
    not_ours: Occurrence,
    response_too_large: Occurrence,
}

#[derive(Debug, Default)]
struct Occurrence {
    times: AtomicU64,
    reported: LogThrottle,
}

impl IgnoredCounts {
    /// It happened at `now`. When it is to be logged: how often since it was logged last.
    pub(crate) fn happened(&self, reason: Ignored, now: Instant) -> Option<u64> {
        let occurrence = self.of(reason);
        occurrence.times.fetch_add(1, Ordering::Relaxed);
        occurrence.reported.happened(now)
    }

    pub(crate) fn count(&self, reason: Ignored) -> u64 {
        self.of(reason).times.load(Ordering::Relaxed)
    }

    fn of(&self, reason: Ignored) -> &Occurrence {
        match reason {
            Ignored::Unreadable => &self.unreadable,
            Ignored::Malformed => &self.malformed,
            Ignored::AckRefused => &self.ack_refused,
            Ignored::AckNotSent => &self.ack_not_sent,
            Ignored::NotOurs => &self.not_ours,
            Ignored::ResponseTooLarge => &self.response_too_large,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_reason_is_counted_and_reported_by_itself() {
        let (counts, now) = (IgnoredCounts::default(), Instant::now());
        for reason in Ignored::ALL {
            assert_eq!(counts.happened(reason, now), Some(1), "{reason:?}");
            assert_eq!(counts.happened(reason, now), None);
            assert_eq!(counts.count(reason), 2);
        }
        let words = Ignored::ALL.map(Ignored::as_str);
        let words: std::collections::HashSet<_> = words.into_iter().collect();
        assert_eq!(words.len(), Ignored::ALL.len());
    }
}
