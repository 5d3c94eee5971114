//! Everything this module keeps for one tenant.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use evroute_event::UnknownEvent;
use evroute_journal::{Journal, JournalError};
use evroute_module_api::{LiveTenant, QuotaRefusals, Start, TenantPart, Work};
use evroute_tenant::{TenantId, TenantQuota};

use crate::capacity::Capacity;
use crate::kept_table::{self, KeptTable};
use crate::sweeper::TableSweeper;
use crate::{Config, SharedVariables, ShvConfig, Table, TableConfig, TotalConfig, mod_init};

/// One tenant's tables and shared variables. Kept in [`evroute_module_api::TenantState`].
#[derive(Debug)]
pub struct HtableTenant {
    tables: Vec<Table>,
    shared: SharedVariables,
    writes_denied: AtomicU64,
    full: QuotaRefusals,
    /// For the log; none of tables beside a server.
    id: Option<TenantId>,
    /// Tables that outlive the server.
    kept: Vec<KeptTable>,
}

/// Which table, or the shared variables.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum TableId {
    /// The table with this position in [`HtableTenant::tables`].
    Table(usize),
    /// The shared variables.
    Shared,
}

impl HtableTenant {
    /// Empty tables with a limit each. Of two tables of one name the first counts.
    #[must_use]
    pub fn new(configs: Vec<TableConfig>, shared: ShvConfig) -> Self {
        Self::build(&configs, None, shared)
    }

    /// Empty tables with a limit each, and one for all of them together.
    #[must_use]
    pub fn with_total(configs: Vec<TableConfig>, total: TotalConfig, shared: ShvConfig) -> Self {
        let total = Arc::new(Capacity::new(total.entries_max, total.bytes_max));
        Self::build(&configs, Some(&total), shared)
    }

    fn build(configs: &[TableConfig], total: Option<&Arc<Capacity>>, shared: ShvConfig) -> Self {
        let table = |config| Table::new(config, total.cloned());
        Self {
            tables: configs.iter().map(table).collect(),
            shared: SharedVariables::new(shared),
            writes_denied: AtomicU64::new(0),
            full: QuotaRefusals::new(),
            id: None,
            kept: Vec::new(),
        }
    }

    /// Whose they are, for the log.
    #[must_use]
    pub fn of_tenant(mut self, id: &TenantId) -> Self {
        self.id = Some(id.clone());
        self
    }

    /// The tables of this configuration, with what is kept of those that outlive the server.
    /// Blocks.
    pub(crate) fn open(
        config: Config,
        journal: &Journal,
        id: &TenantId,
        quota: &TenantQuota,
    ) -> Result<Self, JournalError> {
        let persist: Vec<_> = config.tables.iter().map(|table| table.persist).collect();
        let tenant = Self::with_total(config.tables, config.total, config.shared);
        let mut tenant = tenant.of_tenant(id);
        for (place, is_kept) in tenant.tables.iter().enumerate().zip(persist) {
            match is_kept {
                true => {
                    let kept = KeptTable::open(journal, id, quota, place)?;
                    tenant.kept.push(kept);
                }
                // What was kept before would come back when it is wanted again.
                false => journal.remove_store(id.as_str(), &kept_table::store(place.1.name()))?,
            }
        }
        Ok(tenant)
    }

    #[cfg(test)]
    pub(crate) fn kept_tables(&self) -> &[KeptTable] {
        &self.kept
    }

    /// Keeps what has changed in tables that outlive the server and is not kept yet.
    pub(crate) async fn flush(&self) -> Result<(), JournalError> {
        for kept in &self.kept {
            kept.flush(self).await?;
        }
        Ok(())
    }

    /// All tables, in the order of the configuration.
    #[must_use]
    pub fn tables(&self) -> &[Table] {
        &self.tables
    }

    /// The shared variables.
    #[must_use]
    pub fn shared(&self) -> &SharedVariables {
        &self.shared
    }

    /// Where the table of this name is.
    #[must_use]
    pub fn find(&self, name: &str) -> Option<TableId> {
        self.tables
            .iter()
            .position(|table| **table.name() == *name)
            .map(TableId::Table)
    }

    /// How many writes were refused, since what they were for was granted for reading only.
    #[must_use]
    pub fn writes_denied(&self) -> u64 {
        self.writes_denied.load(Ordering::Relaxed)
    }

    /// How many writes were refused since there was no room.
    #[must_use]
    pub fn writes_full(&self) -> u64 {
        self.full.count()
    }

    /// A write found no room in this table, or in all of them together.
    pub(crate) fn refuse_write(&self, place: Option<TableId>) {
        let (Some(times), Some(id)) = (self.full.refuse(), &self.id) else {
            return;
        };
        let table = place.and_then(|place| self.at(place));
        tracing::warn!(
            tenant = id.as_str(),
            table = table.map_or("one of several", |table| &**table.name()),
            times,
            "writes to tables or shared variables are refused, since there is no room; let entries \
             expire, or raise entries_max of the table, or table_entries_max, table_bytes_max, \
             shv_entries_max or shv_bytes_max in [tenant.quota]"
        );
    }

    pub(crate) fn deny_write(&self) {
        self.writes_denied.fetch_add(1, Ordering::Relaxed);
    }

    /// What is there.
    pub(crate) fn at(&self, place: TableId) -> Option<&Table> {
        match place {
            TableId::Table(position) => self.tables.get(position),
            TableId::Shared => Some(self.shared.table()),
        }
    }
}

impl TenantPart for HtableTenant {
    fn in_memory(&self) -> Option<&'static str> {
        Some("tables and shared variables")
    }

    /// `htable:mod-init`.
    fn start(self: Arc<Self>, tenant: &LiveTenant) -> Result<Option<Start>, UnknownEvent> {
        mod_init::start(tenant).map(Some)
    }

    /// Entries whose time is over are taken out.
    fn background(self: Arc<Self>, tenant: &LiveTenant) -> Result<Vec<Work>, UnknownEvent> {
        let keeping: Vec<_> = (0..self.kept.len())
            .map(|place| keep(Arc::clone(&self), place, tenant.clone()))
            .collect();
        let watched = vec![(tenant.id.clone(), tenant.index, self)];
        let sweeper = TableSweeper::new(watched, &tenant.emitter.port()?);
        let sweeping = sweeper.run(tenant.clock, tenant.draining.clone());
        let mut works: Vec<Work> = vec![Box::pin(sweeping)];
        works.extend(keeping.into_iter().map(|keeping| Box::pin(keeping) as Work));
        Ok(works)
    }

    /// What runs have changed at the last is kept.
    fn close(self: Arc<Self>) -> Option<Work> {
        if self.kept.is_empty() {
            return None;
        }
        Some(Box::pin(async move {
            if let Err(error) = self.flush().await {
                tracing::error!(%error, "what changed last in a tenant's tables is not on the disk");
            }
        }))
    }
}

/// Keeps what changes in one table that outlives the server.
async fn keep(tables: Arc<HtableTenant>, place: usize, tenant: LiveTenant) {
    if let Some(kept) = tables.kept.get(place) {
        kept.keep(&tables, &tenant.id, tenant.draining.clone())
            .await;
    }
}
