//! Handlers that are told what becomes of contacts.

use evroute_event::{Cause, Port, Subject, UnknownEvent};
use evroute_module_api::{EventQueue, LiveTenant, QueuedEvent, QuotaRefusals, raise_queued};
use evroute_tenant::{TenantId, TenantIndex};
use tokio::sync::mpsc::Receiver;

use crate::contact_change::{ContactChange, ContactFate};
use crate::events::{ContactAdded, ContactRemoved, ContactUpdated};

/// Where changes of contacts go that somebody wants to hear of: a queue, so that no phone waits for
/// a handler.
#[derive(Debug)]
pub(crate) struct ContactListener {
    ports: ContactPorts,
    queue: EventQueue<ContactChange>,
    tenant: TenantId,
    refused: QuotaRefusals,
}

/// Where the events are raised.
#[derive(Clone, Debug)]
pub(crate) struct ContactPorts {
    tenant: TenantIndex,
    added: Port<ContactAdded>,
    updated: Port<ContactUpdated>,
    removed: Port<ContactRemoved>,
}

/// What is to be raised.
pub(crate) type QueuedChanges = Receiver<QueuedEvent<ContactChange>>;

impl ContactListener {
    /// The listener of a tenant, and what it puts into its queue, `events_queued_max` at most.
    pub(crate) fn new(
        tenant: &LiveTenant,
        events_queued_max: u32,
    ) -> Result<(Self, QueuedChanges), UnknownEvent> {
        let (queue, queued) = EventQueue::new(events_queued_max);
        let ports = ContactPorts {
            tenant: tenant.index,
            added: tenant.emitter.port()?,
            updated: tenant.emitter.port()?,
            removed: tenant.emitter.port()?,
        };
        let listener = Self {
            ports,
            queue,
            tenant: tenant.id.clone(),
            refused: QuotaRefusals::new(),
        };
        Ok((listener, queued))
    }

    pub(crate) fn ports(&self) -> ContactPorts {
        self.ports.clone()
    }

    /// How many changes no handler heard of, since too many waited.
    pub(crate) fn lost(&self) -> u64 {
        self.refused.count()
    }

    /// Tells of a change, if somebody wants to hear of it.
    pub(crate) fn tell(&self, change: ContactChange) {
        if !self.ports.is_handled(change.what) {
            return;
        }
        let cause = Cause::outside(self.ports.tenant);
        if self.queue.put(cause, change).is_ok() {
            return;
        }
        if let Some(times) = self.refused.refuse() {
            tracing::warn!(
                tenant = self.tenant.as_str(),
                times,
                "handlers are not told what became of contacts, since too many of these events \
                 wait, or the tenant stops; handle usrloc:contact-added, contact-updated and \
                 contact-removed faster, or raise events_queued_max in [tenant.quota]"
            );
        }
    }
}

impl ContactPorts {
    fn is_handled(&self, what: ContactFate) -> bool {
        match what {
            ContactFate::Added(_) => self.added.is_handled(self.tenant),
            ContactFate::Updated(_) => self.updated.is_handled(self.tenant),
            ContactFate::Removed(_) => self.removed.is_handled(self.tenant),
        }
    }

    async fn raise(&self, cause: Cause, change: ContactChange, now_us: u64) {
        let (subject, binding) = (Subject::at(now_us), change.binding);
        match change.what {
            ContactFate::Added(why) => {
                let event = ContactAdded {
                    subject,
                    binding,
                    why,
                };
                self.added.emit(cause, event).await;
            }
            ContactFate::Updated(why) => {
                let event = ContactUpdated {
                    subject,
                    binding,
                    why,
                };
                self.updated.emit(cause, event).await;
            }
            ContactFate::Removed(why) => {
                let event = ContactRemoved {
                    subject,
                    binding,
                    why,
                };
                self.removed.emit(cause, event).await;
            }
        }
    }
}

/// Raises what is put into the queue, one after the other.
pub(crate) async fn raise(ports: ContactPorts, queued: QueuedChanges, tenant: LiveTenant) {
    let LiveTenant {
        id,
        clock,
        draining,
        ..
    } = tenant;
    let stop = draining.cancelled_owned();
    raise_queued(id, queued, stop, |cause, change| {
        let ports = ports.clone();
        async move {
            // A handler in the synchronous lane never waits: others must run between two of its
            // runs.
            tokio::task::yield_now().await;
            ports.raise(cause, change, clock()).await;
        }
    })
    .await;
}

#[cfg(test)]
mod tests;
