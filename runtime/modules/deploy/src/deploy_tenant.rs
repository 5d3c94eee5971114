//! What happened to a tenant's handlers, on its way to those of them that want to know.

use std::sync::{Arc, Mutex, PoisonError};

use evroute_event::{Cause, Emitter, Event, Port, Subject, UnknownEvent};
use evroute_module_api::{
    EventQueue, HandlerChange, HandlerChangeKind, LiveTenant, QueuedEvent, QuotaRefusals,
    TenantPart, Work, raise_queued,
};
use evroute_tenant::TenantId;
use tokio::sync::mpsc;

use crate::events::{DeployActivated, DeployBreakerOpen, DeployRolledBack};

/// The module's state for one tenant: one bounded queue, and how much of it was lost.
pub struct DeployTenant {
    queue: EventQueue<Told>,
    /// The way out, until somebody raises what comes.
    waiting: Mutex<Option<mpsc::Receiver<QueuedEvent<Told>>>>,
    lost: QuotaRefusals,
    id: TenantId,
    clock: fn() -> u64,
}

/// What is raised.
#[derive(Debug)]
enum Told {
    Activated(DeployActivated),
    RolledBack(DeployRolledBack),
    BreakerOpen(DeployBreakerOpen),
}

impl DeployTenant {
    /// Of this tenant, with room for so many changes that no handler was asked about yet. `clock`
    /// says microseconds since 1970.
    #[must_use]
    pub fn new(id: TenantId, events_queued_max: u32, clock: fn() -> u64) -> Self {
        let (queue, waiting) = EventQueue::new(events_queued_max);
        Self {
            queue,
            waiting: Mutex::new(Some(waiting)),
            lost: QuotaRefusals::new(),
            id,
            clock,
        }
    }

    /// How many changes found no room.
    #[must_use]
    pub fn lost(&self) -> u64 {
        self.lost.count()
    }
}

impl TenantPart for DeployTenant {
    fn handler_changed(&self, change: &HandlerChange<'_>) {
        let told = told(change, (self.clock)());
        if self.queue.put(change.cause, told).is_ok() {
            return;
        }
        if let Some(times) = self.lost.refuse() {
            tracing::warn!(
                tenant = self.id.as_str(),
                handler = change.handler.as_str(),
                times,
                "too many events of deploys wait, or the tenant stops; no handler is asked about \
                 this one. Handle them faster, or raise events_queued_max in [tenant.quota]"
            );
        }
    }

    /// What the tenant's modules are told is raised.
    fn background(self: Arc<Self>, tenant: &LiveTenant) -> Result<Vec<Work>, UnknownEvent> {
        let mut waiting = self.waiting.lock().unwrap_or_else(PoisonError::into_inner);
        let Some(waiting) = waiting.take() else {
            return Ok(Vec::new());
        };
        let stop = tenant.draining.clone().cancelled_owned();
        let ports = Arc::new(Ports::new(&tenant.emitter)?);
        let raise = move |cause, told| Arc::clone(&ports).raise(cause, told);
        let work = raise_queued(tenant.id.clone(), waiting, stop, raise);
        Ok(vec![Box::pin(work)])
    }
}

fn told(change: &HandlerChange<'_>, time_us: u64) -> Told {
    let subject = Subject::at(time_us);
    let handler = change.handler.to_string();
    match change.kind {
        HandlerChangeKind::Activated {
            revision,
            previous,
            who,
            why,
        } => Told::Activated(DeployActivated {
            subject,
            handler,
            revision,
            previous,
            who: who.to_owned(),
            why: why.to_owned(),
        }),
        HandlerChangeKind::RolledBack {
            revision,
            taken_back,
            who,
            why,
        } => Told::RolledBack(DeployRolledBack {
            subject,
            handler,
            revision,
            taken_back,
            who: who.to_owned(),
            why: why.to_owned(),
        }),
        HandlerChangeKind::BreakerOpened {
            revision,
            reason,
            runs,
            failures,
            openings,
        } => Told::BreakerOpen(DeployBreakerOpen {
            subject,
            handler,
            revision,
            reason: reason.to_owned(),
            runs,
            failures,
            openings,
        }),
    }
}

/// Where each is raised.
struct Ports {
    activated: Port<DeployActivated>,
    rolled_back: Port<DeployRolledBack>,
    breaker_open: Port<DeployBreakerOpen>,
}

impl Ports {
    fn new(emitter: &Emitter) -> Result<Self, UnknownEvent> {
        Ok(Self {
            activated: emitter.port()?,
            rolled_back: emitter.port()?,
            breaker_open: emitter.port()?,
        })
    }

    async fn raise(self: Arc<Self>, cause: Cause, told: Told) {
        match told {
            Told::Activated(event) => raise(&self.activated, cause, event).await,
            Told::RolledBack(event) => raise(&self.rolled_back, cause, event).await,
            Told::BreakerOpen(event) => raise(&self.breaker_open, cause, event).await,
        }
    }
}

async fn raise<E: Event<Verdict = ()>>(port: &Port<E>, cause: Cause, event: E) {
    let (_, ()) = port.emit(cause, event).await;
}

impl std::fmt::Debug for DeployTenant {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("DeployTenant").finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests;
