//! Taking out contacts whose time is over, and telling so.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use evroute_event::{Cause, Port, Subject};
use evroute_tenant::{TenantId, TenantIndex};
use tokio::task::JoinSet;
use tokio::time::MissedTickBehavior;

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

    /// Sweeps once a second, until the future is dropped, each tenant in a task of its own: the handlers of one do not
    /// hold up the others' contacts. `clock` gives microseconds since 1970.
    pub async fn run(self, clock: fn() -> u64) {
        let (mut tasks, mut names) = (JoinSet::new(), HashMap::new());
        for watched in self.tenants {
            let name = watched.id.clone();
            let task = tasks.spawn(async move { watched.sweep_forever(clock).await });
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
    async fn sweep_forever(&self, clock: fn() -> u64) {
        let mut tick = tokio::time::interval(SWEEP_EVERY);
        tick.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            tick.tick().await;
            while self.sweep(clock()).await == SWEPT_AT_ONCE {}
        }
    }

    /// Takes out what has expired, [`SWEPT_AT_ONCE`] at most, and raises `usrloc:contact-expired` for each, with no
    /// lock held. Says how many.
    async fn sweep(&self, now_us: u64) -> usize {
        let now = Timestamp::from_seconds(now_us / 1_000_000);
        let expired = self.table.expired(now, SWEPT_AT_ONCE);
        let count = expired.len();
        for Expired(binding) in expired {
            if self.port.is_handled(self.index) {
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
