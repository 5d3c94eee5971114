//! Runs, for metrics and for who looks on.

use std::sync::Arc;

use arc_swap::ArcSwap;
use evroute_dispatch::{BreakerChange, BreakerState, Observer, RunRecord};
use evroute_module_api::{EventBinding, HandlerChange, HandlerChangeKind};
use evroute_tenant::{HandlerId, TenantIndex, TenantSlots};

use crate::feed::Feed;
use crate::{Metrics, RunMetrics};

/// Counts every run. The counters of a handler are looked up when it runs for the first time, so
/// that one that never does is not on the page.
pub(crate) struct RunObserver {
    metrics: Arc<Metrics>,
    feed: Arc<Feed>,
    /// How many events there are.
    events: usize,
    /// Of each tenant of which a handler ran, by event.
    counters: TenantSlots<Vec<OfHandlers>>,
}

/// The counters of one tenant's handlers of one event.
type OfHandlers = ArcSwap<Vec<(HandlerId, Arc<RunMetrics>)>>;

impl RunObserver {
    /// Room for the counters of every event.
    pub(crate) fn new(
        bindings: &[Arc<dyn EventBinding>],
        metrics: &Arc<Metrics>,
        feed: Arc<Feed>,
    ) -> Self {
        Self {
            metrics: Arc::clone(metrics),
            feed,
            events: bindings.len(),
            counters: TenantSlots::new(),
        }
    }

    /// Forgets the counters of a tenant that is gone.
    pub(crate) fn forget(&self, tenant: TenantIndex) {
        self.counters.remove(tenant);
    }

    /// The counters of a tenant. Of two workers that are the first one's are replaced by the
    /// other's, which count into the same series.
    fn of_tenant(&self, tenant: TenantIndex) -> Arc<Vec<OfHandlers>> {
        self.counters.get(tenant).unwrap_or_else(|| {
            let events = (0..self.events).map(|_| OfHandlers::default());
            let counters = Arc::new(events.collect::<Vec<_>>());
            self.counters.put(tenant, Arc::clone(&counters));
            counters
        })
    }
}

impl Observer for RunObserver {
    fn breaker_changed(&self, change: &BreakerChange<'_>) {
        let context = change.handler_context;
        let (tenant, handler) = (context.tenant.id.as_str(), context.handler.as_str());
        let revision = context.revision.number();
        let reason = change.reason.map(|reason| reason.as_str());
        let (from, to) = (change.from.as_str(), change.to.as_str());
        tell_opened(change);
        match change.to {
            BreakerState::Open => tracing::warn!(
                tenant,
                handler,
                revision,
                reason,
                from,
                "circuit breaker open: the handler is not asked, its fallback counts"
            ),
            BreakerState::Closed | BreakerState::HalfOpen => tracing::info!(
                tenant,
                handler,
                revision,
                reason,
                from,
                "circuit breaker {to}"
            ),
        }
    }

    fn ran(&self, record: &RunRecord<'_>) {
        self.feed.run(record);
        let tenant = self.of_tenant(record.handler_context.tenant.index);
        let Some(of_handlers) = tenant.get(record.index.position()) else {
            return;
        };
        let (outcome, fuel) = (record.outcome.kind(), record.used.fuel);
        let handler = &record.handler_context.handler;
        let known = of_handlers.load();
        if let Some((_, counters)) = known.iter().find(|(name, _)| name == handler) {
            counters.count(outcome, fuel, record.took);
            return;
        }
        let tenant = &record.handler_context.tenant.id;
        let counters = Arc::new(self.metrics.runs(tenant, handler, record.event));
        counters.count(outcome, fuel, record.took);
        of_handlers.rcu(|known| {
            let mut next = Vec::clone(known);
            // Another worker may have been first; its counters are the same.
            if !next.iter().any(|(name, _)| name == handler) {
                next.push((handler.clone(), Arc::clone(&counters)));
            }
            next
        });
    }
}

/// Tells the tenant's modules that a breaker has opened. What they raise of it is one event deeper,
/// and ends where the handler's own events would.
fn tell_opened(change: &BreakerChange<'_>) {
    let context = change.handler_context;
    let (Some(opening), Some(reason)) = (change.opening, change.reason) else {
        return;
    };
    let cause = opening.cause.deeper();
    if cause.depth > context.limits.event_depth_max {
        return;
    }
    context.tenant.tell(&HandlerChange {
        handler: &context.handler,
        cause,
        kind: HandlerChangeKind::BreakerOpened {
            revision: context.revision,
            reason: reason.as_str(),
            runs: opening.stretch.runs,
            failures: opening.stretch.failures,
            openings: opening.openings,
        },
    });
}

#[cfg(test)]
mod tests;
