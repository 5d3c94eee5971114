//! What tenants used: counted in memory, kept on disk, told by `tenant.usage`.

mod keeping;
#[cfg(test)]
mod tests;
pub(crate) mod usage_rpc;

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use evroute_clock::wall_seconds;
use evroute_module_api::TenantState;
use evroute_tenant::{Ledger, LedgerTotals, TenantId, TenantSlots};
use evroute_usage::{UsageBook, UsageError, UsageRecord};

pub(crate) use keeping::keep;

/// The file within `data_dir`.
const FILE: &str = "usage.db";

/// What tenants used, those that are gone included.
pub(crate) struct Usage {
    /// None where it cannot be used: then numbers count from the start.
    book: Option<UsageBook>,
    /// Those that there are.
    tenants: Arc<TenantSlots<TenantState>>,
    /// When it was opened, in seconds since 1970.
    opened: u64,
    failures: AtomicU64,
}

/// What one tenant used, for whoever asks.
pub(crate) struct UsageRow {
    pub(crate) tenant: String,
    /// When its counting began, in seconds since 1970.
    pub(crate) since: u64,
    pub(crate) used: LedgerTotals,
    /// It was removed.
    pub(crate) is_gone: bool,
}

impl Usage {
    /// Opens what is in this folder. A file that cannot be used keeps no tenant from being served.
    pub(crate) fn open(data_dir: &Path, tenants: &Arc<TenantSlots<TenantState>>) -> Arc<Self> {
        let book = UsageBook::open(&data_dir.join(FILE)).inspect_err(|error| {
            tracing::error!(%error, "what tenants used before is not known, and is not kept");
        });
        Arc::new(Self {
            book: book.ok(),
            tenants: Arc::clone(tenants),
            opened: wall_seconds(),
            failures: AtomicU64::new(0),
        })
    }

    /// The ledger of a tenant that begins: it goes on from what was used before.
    pub(crate) fn ledger(&self, tenant: &str) -> Ledger {
        let before = self.record(tenant);
        before.map_or_else(Ledger::default, |before| Ledger::going_on(&before.used))
    }

    /// Whether numbers outlive the server.
    pub(crate) fn is_kept(&self) -> bool {
        self.book.is_some()
    }

    /// How often numbers could not be written; they were the next time.
    pub(crate) fn failures(&self) -> u64 {
        self.failures.load(Ordering::Relaxed)
    }

    /// What each tenant used, by name; or one, of which something is known.
    pub(crate) fn rows(&self, wanted: Option<&str>) -> Vec<UsageRow> {
        let mut rows = std::collections::BTreeMap::new();
        let is_wanted = |tenant: &str| wanted.is_none_or(|wanted| wanted == tenant);
        for (tenant, used) in self.live() {
            if is_wanted(&tenant) {
                let since = self
                    .record(&tenant)
                    .map_or(self.opened, |before| before.since);
                let row = UsageRow {
                    tenant: tenant.clone(),
                    since,
                    used,
                    is_gone: false,
                };
                rows.insert(tenant, row);
            }
        }
        let kept: Vec<_> = match wanted {
            Some(name) => {
                let record = self.record(name);
                let named = record.map(|record| (name.to_owned(), record));
                named.into_iter().collect()
            }
            None => self.book.as_ref().map(UsageBook::all).unwrap_or_default(),
        };
        for (tenant, record) in kept {
            rows.entry(tenant).or_insert_with_key(|tenant| UsageRow {
                tenant: tenant.clone(),
                since: record.since,
                used: record.used,
                is_gone: true,
            });
        }
        rows.into_values().collect()
    }

    /// Writes what has changed. Blocks.
    fn write(&self) -> Result<usize, UsageError> {
        self.write_with(None)
    }

    fn write_with(&self, ended: Option<(String, LedgerTotals)>) -> Result<usize, UsageError> {
        let Some(book) = &self.book else {
            return Ok(0);
        };
        let live = self.live().into_iter().chain(ended);
        // Of one that has done nothing there is nothing to keep.
        let is_worth = |(tenant, used): &(String, LedgerTotals)| {
            *used != LedgerTotals::default() || book.used(tenant).is_some()
        };
        let live: Vec<_> = live.filter(is_worth).collect();
        let written = book.keep(wall_seconds(), &live);
        if written.is_err() {
            self.failures.fetch_add(1, Ordering::Relaxed);
        }
        written
    }

    /// Writes what a tenant used that has ended.
    pub(crate) async fn end(self: &Arc<Self>, tenant: &TenantId, ledger: Arc<Ledger>) {
        let ended = (tenant.to_string(), ledger.totals());
        let usage = Arc::clone(self);
        let written = tokio::task::spawn_blocking(move || usage.write_with(Some(ended))).await;
        if let Ok(Err(error)) = written {
            let tenant = tenant.as_str();
            tracing::error!(tenant, %error, "what a tenant used that has ended is not kept");
        }
    }

    /// Forgets what a tenant used that was removed with all that it had.
    pub(crate) async fn purge(self: &Arc<Self>, tenant: &str) {
        let (usage, name) = (Arc::clone(self), tenant.to_owned());
        let purged = tokio::task::spawn_blocking(move || match &usage.book {
            Some(book) => book.purge(&name),
            None => Ok(()),
        });
        if let Ok(Err(error)) = purged.await {
            tracing::error!(tenant, %error, "what a removed tenant used stays");
        }
    }

    fn record(&self, tenant: &str) -> Option<UsageRecord> {
        self.book.as_ref()?.used(tenant)
    }

    fn live(&self) -> Vec<(String, LedgerTotals)> {
        let tenants = self.tenants.all().into_iter();
        let used = tenants.filter_map(|(_, tenant)| {
            let ledger = tenant.get::<Ledger>()?;
            Some((tenant.id.to_string(), ledger.totals()))
        });
        used.collect()
    }
}
