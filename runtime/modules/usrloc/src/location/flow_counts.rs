//! What became of contacts that are reached over flows, for metrics.

use std::sync::atomic::{AtomicU64, Ordering};

use super::pings::PingOutcome;
use crate::contact_change::ChangeCause;

/// Why a contact that is reached over a flow is not found any more before its time is over.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum LostFlow {
    /// Its connection was closed.
    ConnectionClosed,
    /// It has not answered so many pings in a row.
    PingsMissed,
}

impl LostFlow {
    /// As handlers are told.
    pub(super) const fn cause(self) -> ChangeCause {
        match self {
            Self::ConnectionClosed => ChangeCause::ConnectionClosed,
            Self::PingsMissed => ChangeCause::PingsMissed,
        }
    }
}

/// Totals since the start.
#[derive(Debug, Default)]
pub(crate) struct FlowCounts {
    answered: AtomicU64,
    missed: AtomicU64,
    unsent: AtomicU64,
    closed: AtomicU64,
    gone: AtomicU64,
}

impl FlowCounts {
    pub(super) fn pinged(&self, outcome: PingOutcome) {
        let count = match outcome {
            PingOutcome::Answered => &self.answered,
            PingOutcome::Missed => &self.missed,
            PingOutcome::Unsent => &self.unsent,
        };
        count.fetch_add(1, Ordering::Relaxed);
    }

    pub(super) fn lost(&self, why: LostFlow, contacts: u64) {
        let count = match why {
            LostFlow::ConnectionClosed => &self.closed,
            LostFlow::PingsMissed => &self.gone,
        };
        count.fetch_add(contacts, Ordering::Relaxed);
    }

    /// Pings by what they came to.
    pub(crate) fn pings(&self) -> [(&'static str, u64); 3] {
        [
            ("answered", self.answered.load(Ordering::Relaxed)),
            ("missed", self.missed.load(Ordering::Relaxed)),
            ("unsent", self.unsent.load(Ordering::Relaxed)),
        ]
    }

    /// Contacts that were lost, by why.
    pub(crate) fn losses(&self) -> [(&'static str, u64); 2] {
        [
            (
                ChangeCause::ConnectionClosed.as_str(),
                self.closed.load(Ordering::Relaxed),
            ),
            (
                ChangeCause::PingsMissed.as_str(),
                self.gone.load(Ordering::Relaxed),
            ),
        ]
    }
}
