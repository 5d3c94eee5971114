//! Taking out entries whose time is over, and asking handlers first.

use std::sync::Arc;

use evroute_event::{Cause, Port, Subject};
use evroute_module_api::{Sweep, sweep_until};
use evroute_tenant::{TenantId, TenantIndex};
use tokio_util::sync::CancellationToken;

use crate::events::{Expired, ExpiredVerdict};
use crate::{ExpiredEntry, ExpiryResult, HtableTenant, Table};

#[cfg(test)]
mod tests;

/// How many entries of one table are settled before the next table has its turn.
pub const SWEEP_ENTRIES_MAX: usize = 1000;

/// Watches the tables of all tenants.
#[derive(Debug)]
pub struct TableSweeper {
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
    /// Whether a table had more than [`SWEEP_ENTRIES_MAX`] to settle, so that the next sweep is due
    /// at once.
    pub is_behind: bool,
}

impl TableSweeper {
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

    /// See [`sweep_until`]. The verdict of a run that is under way at the end counts.
    pub async fn run(self, clock: fn() -> u64, stop: CancellationToken) {
        sweep_until(self.tenants, clock, stop).await;
    }

    /// Settles what has expired in all tables, up to [`SWEEP_ENTRIES_MAX`] entries in each. `clock`
    /// gives microseconds since 1970.
    pub async fn sweep(&self, clock: impl Fn() -> u64) -> Swept {
        let mut swept = Swept::default();
        for watched in &self.tenants {
            watched
                .settle(&CancellationToken::new(), &clock, &mut swept)
                .await;
        }
        swept
    }
}

impl Sweep for Watched {
    const WHAT: &'static str = "expired entries";

    fn tenant(&self) -> &TenantId {
        &self.id
    }

    async fn sweep(&self, stop: &CancellationToken, clock: fn() -> u64) -> bool {
        let mut swept = Swept::default();
        self.settle(stop, &clock, &mut swept).await;
        swept.is_behind
    }
}

impl Watched {
    /// The clock is read for each entry: a thousand handlers that ask a database take minutes. What
    /// is not settled when the server stops stays as it is.
    async fn settle(&self, stop: &CancellationToken, clock: &impl Fn() -> u64, swept: &mut Swept) {
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

    /// What is to become of the entry: no lock is held, and what the handler writes meanwhile
    /// stands.
    async fn ask(
        &self,
        table: &Table,
        entry: &ExpiredEntry,
        clock: &impl Fn() -> u64,
    ) -> ExpiredVerdict {
        if !self.port.is_handled(self.index) {
            return ExpiredVerdict::Remove;
        }
        // A handler in the synchronous lane never waits: others must run between two of its runs.
        tokio::task::yield_now().await;
        // While the handlers of other entries ran, somebody may have written this one: then it has
        // not expired.
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
