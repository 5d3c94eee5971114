//! Taking out entries whose time is over, and asking handlers first.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use evroute_event::{Cause, Port, Subject};
use evroute_tenant::{TenantId, TenantIndex};
use tokio::task::JoinSet;
use tokio::time::MissedTickBehavior;
use tokio_util::sync::CancellationToken;

use crate::events::{Expired, ExpiredVerdict};
use crate::{ExpiredEntry, ExpiryResult, HtableTenant, Table};

#[cfg(test)]
mod tests;

/// How often expired entries are looked for. Kamailio's `timer_interval`, whose default is 20 s.
const SWEEP_EVERY: Duration = Duration::from_secs(1);

/// How many entries of one table are settled before the next table has its turn.
pub const SWEEP_ENTRIES_MAX: usize = 1000;

/// Watches the tables of all tenants.
#[derive(Debug)]
pub struct Sweeper {
    tenants: Vec<Watched>,
}

/// One tenant's tables.
#[derive(Debug)]
struct Watched {
    id: TenantId,
    index: TenantIndex,
    tenant: Arc<HtableTenant>,
    port: Port<Expired>,
}

/// What a sweep did.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Swept {
    /// Entries that are gone.
    pub removed: usize,
    /// Entries that a handler gave more time.
    pub extended: usize,
    /// Entries that were written or removed while their handler ran, and left alone.
    pub conflicts: usize,
    /// Whether a table had more than [`SWEEP_ENTRIES_MAX`] to settle, so that the next sweep is due at once.
    pub is_behind: bool,
}

impl Sweeper {
    /// A sweeper over the tables of these tenants.
    #[must_use]
    pub fn new(
        tenants: Vec<(TenantId, TenantIndex, Arc<HtableTenant>)>,
        port: &Port<Expired>,
    ) -> Self {
        let watched = |(id, index, tenant)| Watched {
            id,
            index,
            tenant,
            port: port.clone(),
        };
        Self {
            tenants: tenants.into_iter().map(watched).collect(),
        }
    }

    /// Sweeps every second until `stop`, each tenant in a task of its own: the handlers of one do not hold up the
    /// others' entries. A run that is under way then is not cut off, and its verdict counts. `clock` gives microseconds
    /// since 1970.
    pub async fn run(self, clock: fn() -> u64, stop: CancellationToken) {
        let (mut tasks, mut names) = (JoinSet::new(), HashMap::new());
        for watched in self.tenants {
            let (stop, name) = (stop.clone(), watched.id.clone());
            let task = tasks.spawn(async move {
                watched.sweep_until(&stop, clock).await;
            });
            names.insert(task.id(), name);
        }
        while let Some(ended) = tasks.join_next().await {
            if let Err(fault) = ended {
                let tenant = names.get(&fault.id()).map(TenantId::as_str);
                tracing::error!(tenant, %fault, "expired entries are not removed any more until a restart");
            }
        }
    }

    /// Settles what has expired in all tables, up to [`SWEEP_ENTRIES_MAX`] entries in each. `clock` gives microseconds
    /// since 1970.
    pub async fn sweep(&self, clock: impl Fn() -> u64) -> Swept {
        let mut swept = Swept::default();
        for watched in &self.tenants {
            watched
                .sweep(&CancellationToken::new(), &clock, &mut swept)
                .await;
        }
        swept
    }
}

impl Watched {
    async fn sweep_until(&self, stop: &CancellationToken, clock: fn() -> u64) {
        let mut tick = tokio::time::interval(SWEEP_EVERY);
        tick.set_missed_tick_behavior(MissedTickBehavior::Delay);
        while stop.run_until_cancelled(tick.tick()).await.is_some() {
            let mut swept = Swept {
                is_behind: true,
                ..Swept::default()
            };
            while swept.is_behind && !stop.is_cancelled() {
                swept.is_behind = false;
                self.sweep(stop, &clock, &mut swept).await;
            }
        }
    }

    /// The clock is read for each entry: a thousand handlers that ask a database take minutes. What is not settled when
    /// the server stops stays as it is.
    async fn sweep(&self, stop: &CancellationToken, clock: &impl Fn() -> u64, swept: &mut Swept) {
        for table in self.tenant.tables() {
            let expired = table.expired(SWEEP_ENTRIES_MAX, clock());
            swept.is_behind |= expired.len() == SWEEP_ENTRIES_MAX;
            for entry in expired {
                if stop.is_cancelled() {
                    return;
                }
                let verdict = self.ask(table, &entry, clock).await;
                match table.settle(&entry, verdict, clock()) {
                    ExpiryResult::Removed => swept.removed += 1,
                    ExpiryResult::Extended => swept.extended += 1,
                    ExpiryResult::Conflict => swept.conflicts += 1,
                }
            }
            tokio::task::yield_now().await;
        }
    }

    /// What is to become of the entry: no lock is held, and what the handler writes meanwhile stands.
    async fn ask(
        &self,
        table: &Table,
        entry: &ExpiredEntry,
        clock: &impl Fn() -> u64,
    ) -> ExpiredVerdict {
        if !self.port.is_handled(self.index) {
            return ExpiredVerdict::Remove;
        }
        // A handler in the synchronous lane never waits: others must get their turn between two of its runs.
        tokio::task::yield_now().await;
        // While the handlers of other entries ran, somebody may have written this one: then it has not expired.
        if !table.is_as_it_was(entry) {
            return ExpiredVerdict::Remove;
        }
        let event = Expired {
            subject: Subject::at(clock()),
            table: Arc::clone(table.name()),
            key: Arc::clone(&entry.key),
            value: entry.value.clone(),
        };
        self.port.emit(Cause::outside(self.index), event).await.1
    }
}
