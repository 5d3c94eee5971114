//! A table that outlives the server.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use evroute_journal::{Durability, Journal, JournalError, JournalLimits, JournalStore, RowChange};
use evroute_log_throttle::LogThrottle;
use evroute_tenant::{TenantId, TenantQuota};
use tokio_util::sync::CancellationToken;

use crate::stored_entry::StoredEntry;
use crate::{HtableTenant, Table};

/// How many entries are kept in one change.
const ENTRIES_AT_ONCE: usize = 256;

/// How long to wait after the disk did not take something.
const TRY_AGAIN: Duration = Duration::from_secs(1);

/// A table that outlives the server. What has changed is kept by a task beside the runs, each entry
/// as it is by then: an entry that changes often is written once for many changes. What the disk
/// does not take is tried again.
#[derive(Debug)]
pub(crate) struct KeptTable {
    /// Its place among the tenant's tables.
    position: usize,
    rows: JournalStore,
    /// How long the rows are that are kept.
    lengths: Mutex<HashMap<Arc<str>, usize>>,
    reported: LogThrottle,
}

/// The name of a table's store in the journal.
pub(crate) fn store(table: &str) -> String {
    format!("htable:{table}")
}

impl KeptTable {
    /// Opens what is kept of a table and puts it in. Blocks.
    pub(crate) fn open(
        journal: &Journal,
        tenant: &TenantId,
        quota: &TenantQuota,
        (position, table): (usize, &Table),
    ) -> Result<Self, JournalError> {
        let limits = JournalLimits {
            queued_bytes_max: quota.journal_queued_bytes_max,
            kept_bytes_max: quota.journal_bytes_max,
        };
        let name = store(table.name());
        let rows = journal.open_store((tenant.as_str(), &name), Durability::Process, limits)?;
        let (mut lengths, mut unread) = (HashMap::new(), 0_u64);
        rows.rows(|key, row| {
            let entry = std::str::from_utf8(key).ok().zip(StoredEntry::parse(row));
            match entry {
                Some((key, seen)) => {
                    let key: Arc<str> = key.into();
                    table.load(&key, seen);
                    lengths.insert(key, row.len());
                }
                None => unread += 1,
            }
        })?;
        if unread > 0 {
            let (tenant, table) = (tenant.as_str(), &**table.name());
            tracing::error!(
                tenant,
                table,
                unread,
                "entries of a table in the journal cannot be read and are not there; was the file \
                 changed?"
            );
        }
        Ok(Self {
            position,
            rows,
            lengths: Mutex::new(lengths),
            reported: LogThrottle::new(),
        })
    }

    /// Keeps what changes, until `stop`. What is left then is for [`KeptTable::flush`].
    pub(crate) async fn keep(&self, tenant: &HtableTenant, id: &TenantId, stop: CancellationToken) {
        let Some(table) = tenant.tables().get(self.position) else {
            return;
        };
        let Some(unkept) = table.unkept() else { return };
        while stop.run_until_cancelled(unkept.changed()).await.is_some() {
            if let Err(error) = self.keep_some(table).await {
                if let Some(times) = self.reported.happened(Instant::now()) {
                    let (tenant, table) = (id.as_str(), &**table.name());
                    tracing::error!(
                        tenant,
                        table,
                        times,
                        %error,
                        "entries of a table are not on the disk; it is tried again"
                    );
                }
                let again = tokio::time::sleep(TRY_AGAIN);
                if stop.run_until_cancelled(again).await.is_none() {
                    return;
                }
            }
        }
    }

    /// Keeps what has changed and is not kept yet.
    pub(crate) async fn flush(&self, tenant: &HtableTenant) -> Result<(), JournalError> {
        let Some(table) = tenant.tables().get(self.position) else {
            return Ok(());
        };
        while self.keep_some(table).await? {}
        Ok(())
    }

    /// Whether there was something.
    async fn keep_some(&self, table: &Table) -> Result<bool, JournalError> {
        let Some(unkept) = table.unkept() else {
            return Ok(false);
        };
        let keys = unkept.take(ENTRIES_AT_ONCE);
        if keys.is_empty() {
            return Ok(false);
        }
        let row = |key: &Arc<str>| Some(StoredEntry::of(&table.stored(key)?).to_bytes());
        let rows: Vec<_> = keys.iter().map(row).collect();
        let lengths: Vec<_> = rows.iter().map(|row| row.as_ref().map(Vec::len)).collect();
        let kept = match self.rows.append(self.changes(&keys, rows)) {
            Ok(commit) => commit.done().await,
            Err(error) => Err(error),
        };
        match kept {
            Ok(()) => {
                self.count(keys, lengths);
                Ok(true)
            }
            Err(error) => {
                unkept.put_back(keys);
                Err(error)
            }
        }
    }

    fn changes(&self, keys: &[Arc<str>], rows: Vec<Option<Vec<u8>>>) -> Vec<RowChange> {
        let lengths = self.lengths();
        let change = |(key, row): (&Arc<str>, Option<Vec<u8>>)| {
            let change = match row {
                Some(row) => RowChange::put(&**key, row),
                None => RowChange::remove(&**key),
            };
            change.replacing(lengths.get(key).copied())
        };
        keys.iter().zip(rows).map(change).collect()
    }

    fn count(&self, keys: Vec<Arc<str>>, rows: Vec<Option<usize>>) {
        let mut lengths = self.lengths();
        for (key, row) in keys.into_iter().zip(rows) {
            match row {
                Some(bytes) => drop(lengths.insert(key, bytes)),
                None => drop(lengths.remove(&key)),
            }
        }
    }

    fn lengths(&self) -> MutexGuard<'_, HashMap<Arc<str>, usize>> {
        self.lengths.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests;
