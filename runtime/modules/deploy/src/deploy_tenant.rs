//! What happened to a tenant's handlers, on its way to those of them that want to know.

use std::sync::Arc;

use evroute_event::{Cause, Emitter, Event, Port, Subject, UnknownEvent};
use evroute_module_api::{
    EventReports, HandlerChange, HandlerChangeKind, LiveTenant, TenantPart, Work,
};
use evroute_tenant::TenantId;

use crate::events::{DeployActivated, DeployBreakerOpen, DeployRolledBack};

/// The module's state for one tenant: one bounded queue, and how much of it was lost.
pub struct DeployTenant {
    reports: EventReports<Told>,
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
        Self {
            reports: EventReports::new(events_queued_max),
            id,
            clock,
        }
    }

    /// How many changes found no room.
    #[must_use]
    pub fn lost(&self) -> u64 {
        self.reports.lost()
    }
}

impl TenantPart for DeployTenant {
    fn handler_changed(&self, change: &HandlerChange<'_>) {
        let told = told(change, (self.clock)());
        if let Some(times) = self.reports.put(change.cause, told) {
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
        let ports = Arc::new(Ports::new(&tenant.emitter)?);
        let raise = move |cause, told| Arc::clone(&ports).raise(cause, told);
        Ok(self.reports.raise_by(tenant, raise))
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
