//! The revisions of a handler that get events.

use evroute_deploy::{Canary, HandlerInForce, RevisionReading};
use evroute_dispatch::{BreakerFallback, BreakerReason, BreakerState, CanaryShare, RevisionTotals};
use evroute_tenant::{Revision, TenantIndex};
use tokio::time::Instant;

use super::canary_watch::reading;
use crate::handlers::ReadyHandler;

/// A percent of calls, in the parts that dispatch counts in.
const PER_PERCENT: u16 = 100;

/// Those of one tenant, as it lives now.
pub(super) struct TenantDeploys {
    pub(super) index: TenantIndex,
    pub(super) handlers: Vec<LiveHandler>,
}

/// The revisions of one handler.
pub(super) struct LiveHandler {
    pub(super) kept: HandlerInForce,
    pub(super) current: Option<ReadyHandler>,
    /// What is asked while the breaker of the revision in force is open, where that says so.
    pub(super) previous: Option<ReadyHandler>,
    pub(super) canary: Option<LiveCanary>,
}

/// A revision that gets a share of the calls.
pub(super) struct LiveCanary {
    pub(super) canary: Canary,
    pub(super) ready: ReadyHandler,
    pub(super) begun: Instant,
    pub(super) next_look: u64,
    /// What had become of the runs of the revision in force when the canary began, and of its own.
    pub(super) before: (RevisionTotals, RevisionTotals),
}

impl LiveHandler {
    /// What both revisions did since the canary began: the one in force, and the canary.
    pub(super) fn readings(&self) -> Option<(RevisionReading, RevisionReading)> {
        let (current, live) = (self.current.as_ref()?, self.canary.as_ref()?);
        let old = current.revisions.active().stats().totals();
        let new = live.ready.revisions.active().stats().totals();
        let (old_before, new_before) = &live.before;
        Some((reading(&old, old_before), reading(&new, new_before)))
    }

    /// Why the canary is not asked any more, if its breaker is open.
    pub(super) fn canary_broke(&self) -> Option<&'static str> {
        let live = self.canary.as_ref()?;
        let breaker = live.ready.revisions.active().breaker()?.read();
        match breaker.state {
            BreakerState::Closed => None,
            BreakerState::Open | BreakerState::HalfOpen => {
                Some(breaker.reason.map_or("failures", BreakerReason::as_str))
            }
        }
    }

    /// The revision of this number, if it gets events.
    pub(super) fn find(&self, revision: Revision) -> Option<&ReadyHandler> {
        let canary = self.canary.as_ref().map(|live| &live.ready);
        let mut all = self.current.iter().chain(canary).chain(&self.previous);
        all.find(|ready| ready.revisions.active().number() == revision)
    }

    /// As dispatch takes it; none after a drain, and when it could not be made ready.
    pub(super) fn ready(&self) -> Option<ReadyHandler> {
        let mut ready = self.current.clone()?;
        if let Some(previous) = &self.previous {
            let previous = previous.revisions.active();
            ready.revisions = ready.revisions.with_previous(previous.clone());
        }
        if let Some(live) = &self.canary {
            let share = u16::from(live.canary.percent()).saturating_mul(PER_PERCENT);
            if let Some(share) = CanaryShare::per_ten_thousand(share) {
                let canary = live.ready.revisions.active();
                ready.revisions = ready.revisions.with_canary(share, canary.clone());
            }
        }
        Some(ready)
    }
}

pub(super) fn falls_back_to_previous(ready: &ReadyHandler) -> bool {
    let breaker = ready.config.breaker;
    breaker.is_some_and(|breaker| breaker.fallback == BreakerFallback::PreviousRevision)
}
