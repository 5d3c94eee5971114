//! Taking out contacts whose time is over, and telling so.

use std::sync::Arc;

use evroute_event::{Cause, Port, Subject, UnknownEvent};
use evroute_module_api::{LiveTenant, Sweep, TenantPart, Work, sweep_until};
use evroute_tenant::{TenantId, TenantIndex};
use tokio_util::sync::CancellationToken;

use crate::contact_listener::{self, ContactListener};
use crate::events::ContactExpired;
use crate::pinger::Pinger;
use crate::{ExpiredBinding, LocationTable, Timestamp};

#[cfg(test)]
mod tests;

/// How many are taken out of a table at once, so that a thousand phones that lose their power do
/// not hold up the rest.
const SWEPT_AT_ONCE: usize = 256;

/// Watches the location tables of all tenants.
#[derive(Debug)]
pub struct Sweeper {
    tenants: Vec<Watched>,
}

/// One tenant's table.
#[derive(Debug)]
struct Watched {
    id: TenantId,
    index: TenantIndex,
    table: Arc<LocationTable>,
    port: Port<ContactExpired>,
}

impl Sweeper {
    /// A sweeper over these tables.
    #[must_use]
    pub fn new(
        tables: Vec<(TenantId, TenantIndex, Arc<LocationTable>)>,
        port: &Port<ContactExpired>,
    ) -> Self {
        let watched = |(id, index, table)| Watched {
            id,
            index,
            table,
            port: port.clone(),
        };
        Self {
            tenants: tables.into_iter().map(watched).collect(),
        }
    }

    /// See [`sweep_until`].
    pub async fn run(self, clock: fn() -> u64, stop: CancellationToken) {
        sweep_until(self.tenants, clock, stop).await;
    }
}

impl TenantPart for LocationTable {
    /// Contacts whose time is over are taken out; those that were not kept before are, those behind
    /// a NAT are pinged, and handlers are told what becomes of all.
    fn background(self: Arc<Self>, tenant: &LiveTenant) -> Result<Vec<Work>, UnknownEvent> {
        let port = tenant.emitter.port()?;
        let (listener, queued) = ContactListener::new(tenant, self.config().events_queued_max)?;
        let raising = contact_listener::raise(listener.ports(), queued, tenant.clone());
        self.listen(listener);
        let keeping = keep(tenant.id.clone(), Arc::clone(&self));
        let watched = vec![(tenant.id.clone(), tenant.index, Arc::clone(&self))];
        let sweeper = Sweeper::new(watched, &port);
        let sweeping = sweeper.run(tenant.clock, tenant.draining.clone());
        let is_pinging = self.config().ping_interval > 0;
        let pinger = is_pinging.then(|| Pinger::new(tenant, self));
        let pinging = pinger.map(|pinger| -> Work { Box::pin(pinger.run()) });
        let works: [Work; 3] = [Box::pin(sweeping), Box::pin(keeping), Box::pin(raising)];
        Ok(works.into_iter().chain(pinging).collect())
    }
}

/// Begins to keep contacts where the tenant's configuration says, once it is served.
async fn keep(tenant: TenantId, table: Arc<LocationTable>) {
    if let Some(keeping) = table.begin_keeping()
        && let Err(error) = keeping.await
    {
        let tenant = tenant.as_str();
        tracing::error!(
            tenant,
            %error,
            "contacts that were there before a change of durability are not kept, or stay on the disk"
        );
    }
}

impl Sweep for Watched {
    const WHAT: &'static str = "expired contacts";

    fn tenant(&self) -> &TenantId {
        &self.id
    }

    async fn sweep(&self, stop: &CancellationToken, clock: fn() -> u64) -> bool {
        self.sweep(stop, clock()).await == SWEPT_AT_ONCE
    }
}

impl Watched {
    /// Takes out what has expired, [`SWEPT_AT_ONCE`] at most, and raises `usrloc:contact-expired`
    /// for each, with no lock held; of those that were lost before, their removal is told. Says how
    /// many. When the server stops meanwhile, the rest is logged.
    async fn sweep(&self, stop: &CancellationToken, now_us: u64) -> usize {
        let now = Timestamp::from_seconds(now_us / 1_000_000);
        let expired = self.table.expired(now, SWEPT_AT_ONCE);
        let count = expired.len();
        for (place, ExpiredBinding { binding, lost }) in expired.into_iter().enumerate() {
            if let Some(why) = lost {
                self.table.removed(binding, why);
                continue;
            }
            if self.port.is_handled(self.index) {
                if stop.is_cancelled() {
                    let (tenant, contacts) = (self.id.as_str(), count - place);
                    tracing::warn!(
                        tenant,
                        contacts,
                        "the server stops; contacts that expired are not handled"
                    );
                    break;
                }
                let event = ContactExpired {
                    subject: Subject::at(now_us),
                    binding,
                };
                // A handler in the synchronous lane never waits: others must run between two of its
                // runs.
                tokio::task::yield_now().await;
                self.port.emit(Cause::outside(self.index), event).await;
            }
        }
        tokio::task::yield_now().await;
        count
    }
}
