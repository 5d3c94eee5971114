//! Registrations in the journal of this server.

use std::sync::Arc;

use evroute_journal::{
    Commit, Durability, Journal, JournalError, JournalLimits, JournalStore, RowChange,
};
use evroute_tenant::{TenantId, TenantQuota};

use crate::location_store::{
    Loading, LocationStore, NotStored, StoredLocation, Storing, StoringRow,
};
use crate::stored_contacts::StoredContacts;
use crate::{Aor, Binding};

/// The store's name in the journal.
const STORE: &str = "location";

/// Registrations in the journal of this server: one row for each address of record.
#[derive(Debug)]
pub struct JournalLocations {
    rows: JournalStore,
    journal: Arc<Journal>,
    tenant: TenantId,
}

impl JournalLocations {
    /// Those of a tenant.
    ///
    /// # Errors
    /// [`NotStored`]: the journal cannot be used.
    pub async fn open(
        journal: &Arc<Journal>,
        tenant: &TenantId,
        durability: Durability,
        quota: &TenantQuota,
    ) -> Result<Self, NotStored> {
        let (journal, tenant) = (Arc::clone(journal), tenant.clone());
        let limits = JournalLimits {
            queued_bytes_max: quota.journal_queued_bytes_max,
            kept_bytes_max: quota.journal_bytes_max,
        };
        on_disk(move || {
            let rows = journal.open_store((tenant.as_str(), STORE), durability, limits)?;
            Ok(Self {
                rows,
                journal,
                tenant,
            })
        })
        .await
    }

    /// Removes what was kept of a tenant that does not want that any more.
    ///
    /// # Errors
    /// [`NotStored`]: it stays.
    pub async fn remove(journal: &Arc<Journal>, tenant: &TenantId) -> Result<(), NotStored> {
        let (journal, tenant) = (Arc::clone(journal), tenant.clone());
        on_disk(move || journal.remove_store(tenant.as_str(), STORE)).await
    }

    /// What can be read of the rows. Blocks.
    fn read(rows: &JournalStore, tenant: &TenantId) -> Result<Vec<StoredLocation>, JournalError> {
        let (mut all, mut unread) = (Vec::new(), 0_u64);
        rows.rows(|key, row| match location(key, row) {
            Some(location) => all.push(location),
            None => unread += 1,
        })?;
        if unread > 0 {
            let tenant = tenant.as_str();
            tracing::error!(
                tenant,
                unread,
                "registrations in the journal cannot be read and are not there until the phones \
                 register again; was the file changed?"
            );
        }
        Ok(all)
    }
}

impl LocationStore for JournalLocations {
    fn put(
        &self,
        aor: &Aor,
        contacts: &[&Binding],
        replaced: Option<usize>,
    ) -> Result<StoringRow, NotStored> {
        let key = aor.as_str();
        let row = (!contacts.is_empty()).then(|| StoredContacts::of(contacts).to_bytes());
        let bytes = row.as_ref().map(Vec::len);
        let change = match row {
            Some(row) => RowChange::put(key, row),
            None => RowChange::remove(key),
        };
        let commit = self.rows.append(vec![change.replacing(replaced)]);
        let commit = commit.map_err(|error| not_stored(&error))?;
        let kept = kept(commit);
        Ok(StoringRow { bytes, kept })
    }

    fn load(&self) -> Loading<'_> {
        let (rows, tenant) = (self.rows.clone(), self.tenant.clone());
        Box::pin(on_disk(move || Self::read(&rows, &tenant)))
    }

    fn clear(&self) -> Storing {
        let (journal, tenant) = (Arc::clone(&self.journal), self.tenant.clone());
        Box::pin(async move { Self::remove(&journal, &tenant).await })
    }
}

fn location(key: &[u8], row: &[u8]) -> Option<StoredLocation> {
    let aor = Aor::canonical(std::str::from_utf8(key).ok()?);
    let contacts = StoredContacts::parse(row)?.contacts(&aor)?;
    Some(StoredLocation {
        contacts,
        aor,
        bytes: row.len(),
    })
}

fn kept(commit: Commit) -> Storing {
    Box::pin(async move { commit.done().await.map_err(|error| not_stored(&error)) })
}

fn not_stored(error: &JournalError) -> NotStored {
    NotStored(error.to_string())
}

/// Files are read and written where no event waits.
async fn on_disk<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, JournalError> + Send + 'static,
) -> Result<T, NotStored> {
    let done = tokio::task::spawn_blocking(work).await;
    let done = done.map_err(|broken| NotStored(broken.to_string()))?;
    done.map_err(|error| not_stored(&error))
}

#[cfg(test)]
mod tests;
