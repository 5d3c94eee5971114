//! Taking out contacts whose time is over, and telling so.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use evroute_event::{Cause, Port, Subject};
use evroute_tenant::{TenantId, TenantIndex};
use tokio::task::JoinSet;
use tokio::time::MissedTickBehavior;
use tokio_util::sync::CancellationToken;

use crate::events::ContactExpired;
use crate::{Expired, LocationTable, Timestamp};

#[cfg(test)]
mod tests;

/// How often expired contacts are looked for. Kamailio's `timer_interval`, whose default is 60 s.
const SWEEP_EVERY: Duration = Duration::from_secs(1);
/// How many are taken out of a table at once, so that a thousand phones that lose their power do not hold up the rest.
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

    /// Sweeps once a second until `stop`, each tenant in a task of its own: the handlers of one do not hold up the others'
    /// contacts. A run that is under way then is not cut off. `clock` gives microseconds since 1970.
    pub async fn run(self, clock: fn() -> u64, stop: CancellationToken) {
        let (mut tasks, mut names) = (JoinSet::new(), HashMap::new());
        for watched in self.tenants {
            let (stop, name) = (stop.clone(), watched.id.clone());
            let task = tasks.spawn(async move { watched.sweep_until(&stop, clock).await });
            names.insert(task.id(), name);
        }
        while let Some(ended) = tasks.join_next().await {
            if let Err(fault) = ended {
                let tenant = names.get(&fault.id()).map(TenantId::as_str);
                tracing::error!(tenant, %fault, "expired contacts are not removed any more until a restart");
            }
        }
    }
}

impl Watched {
    async fn sweep_until(&self, stop: &CancellationToken, clock: fn() -> u64) {
        let mut tick = tokio::time::interval(SWEEP_EVERY);
        tick.set_missed_tick_behavior(MissedTickBehavior::Delay);
        while stop.run_until_cancelled(tick.tick()).await.is_some() {
            while !stop.is_cancelled() && self.sweep(stop, clock()).await == SWEPT_AT_ONCE {}
        }
    }

    /// Takes out what has expired, [`SWEPT_AT_ONCE`] at most, and raises `usrloc:contact-expired` for each, with no
    /// lock held. Says how many. When the server stops meanwhile, the rest is told to the log.
    async fn sweep(&self, stop: &CancellationToken, now_us: u64) -> usize {
        let now = Timestamp::from_seconds(now_us / 1_000_000);
        let expired = self.table.expired(now, SWEPT_AT_ONCE);
        let count = expired.len();
        for (place, Expired(binding)) in expired.into_iter().enumerate() {
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
                // A handler in the synchronous lane never waits: others must get their turn between two of its runs.
                tokio::task::yield_now().await;
                self.port.emit(Cause::outside(self.index), event).await;
            }
        }
        tokio::task::yield_now().await;
        count
    }
}
