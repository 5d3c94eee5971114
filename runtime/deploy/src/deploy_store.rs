//! What was deployed, what is in force, and the log of it, in one database.

mod activating;
mod auditing;
mod rows;
#[cfg(test)]
mod tests;

pub use activating::{Accepts, ActivationOrder};

use std::collections::BTreeSet;
use std::fs::{self, Permissions};
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use evroute_tenant::{HandlerId, Revision, TenantId};
use rusqlite::{
    Connection, OptionalExtension, Transaction, TransactionBehavior, named_params, params,
};

use crate::blob_store::sync_folder;
use crate::schema;
use crate::{
    AuditDraft, Author, BlobStore, ComponentDigest, DeployPolicy, DeployStep, HandlerInForce,
    NewRevision, RevisionRecord, StepObserver, StoreError,
};

/// Revisions, activations and the audit log, beside the components. Every method blocks until what
/// it did is on disk.
///
/// A deploy is [`BlobStore::begin`], [`DeployStore::put`] and then [`DeployStore::activate`]. A
/// crash between or within any of them leaves what was in force before, or what is after.
pub struct DeployStore {
    connection: Mutex<Connection>,
    blobs: BlobStore,
    steps: Arc<dyn StepObserver>,
}

impl DeployStore {
    /// Opens the store in this folder, makes it where there is none, and removes what a crash left.
    ///
    /// # Errors
    /// [`StoreError`]
    pub fn open(folder: &Path) -> Result<Self, StoreError> {
        Self::open_observed(folder, Arc::new(()))
    }

    /// As [`DeployStore::open`], with somebody who is told about each step.
    ///
    /// # Errors
    /// As [`DeployStore::open`].
    pub fn open_observed(folder: &Path, steps: Arc<dyn StepObserver>) -> Result<Self, StoreError> {
        fs::create_dir_all(folder).map_err(StoreError::file(folder))?;
        // Components and reasons are nobody else's business on this machine.
        fs::set_permissions(folder, Permissions::from_mode(0o700))
            .map_err(StoreError::file(folder))?;
        let connection = schema::open(&folder.join("deploy.db"))?;
        let store = Self {
            connection: Mutex::new(connection),
            blobs: BlobStore::open(&folder.join("blobs"), Arc::clone(&steps))?,
            steps,
        };
        // What was made here a moment ago has its name on disk before anything is acknowledged.
        let above = folder
            .parent()
            .filter(|above| !above.as_os_str().is_empty());
        let blobs = folder.join("blobs");
        for folder in [Some(blobs.as_path()), Some(folder), above] {
            folder.map_or(Ok(()), sync_folder)?;
        }
        store
            .blobs
            .sweep(&store.digests()?, std::time::Duration::ZERO)?;
        Ok(store)
    }

    /// The components.
    #[must_use]
    pub fn blobs(&self) -> &BlobStore {
        &self.blobs
    }

    /// The digests that some revision is made of.
    ///
    /// # Errors
    /// [`StoreError::Database`], [`StoreError::Unreadable`].
    pub fn digests(&self) -> Result<BTreeSet<ComponentDigest>, StoreError> {
        let connection = self.connection();
        let mut rows = connection.prepare("SELECT DISTINCT digest FROM revisions")?;
        let texts = rows.query_map([], |row| row.get::<_, String>(0))?;
        texts.map(|text| rows::digest(text?.as_str())).collect()
    }

    /// Keeps a revision whose component is kept already. Nothing of it is in force yet. Where the
    /// handler has as many revisions as it may, the oldest that nobody needs goes.
    ///
    /// A policy binds tenants and not the operator.
    ///
    /// # Errors
    /// [`StoreError::Gone`] without its component; [`StoreError::BlobQuota`],
    /// [`StoreError::HandlerQuota`], [`StoreError::ChangeQuota`]; [`StoreError::Database`].
    pub fn put(
        &self,
        new: NewRevision,
        author: &Author,
        policy: &DeployPolicy,
        at_us: u64,
    ) -> Result<RevisionRecord, StoreError> {
        let record = self.change(|transaction| {
            // Under the lock, so that no sweep is between this and the row.
            let bytes = self.blobs.bytes(new.digest);
            let bytes = bytes.ok_or(StoreError::Gone(new.digest))?;
            if !author.is_operator {
                auditing::changes(transaction, &new.tenant, policy.changes_per_hour_max, at_us)?;
            }
            let revision = number(transaction, &new, author, policy)?;
            retire(transaction, &new.tenant, &new.handler, policy)?;
            if !author.is_operator {
                blob_quota(transaction, &new, bytes, policy)?;
            }
            let record = RevisionRecord {
                revision,
                new,
                bytes,
                who: author.name.clone(),
                at_us,
            };
            rows::insert_revision(transaction, &record)?;
            let draft = AuditDraft {
                subject: format!(
                    "{revision} {} grants [{}]",
                    record.new.digest, record.new.settings.grants
                ),
                evidence: evidence(&record.new),
                ..rows::draft(
                    &record.new.tenant,
                    &record.new.handler,
                    author,
                    "put",
                    &record.new.why,
                )
            };
            auditing::append(transaction, draft, at_us)?;
            self.steps.reached(DeployStep::RevisionInserted);
            Ok(record)
        })?;
        self.steps.reached(DeployStep::RevisionKept);
        Ok(record)
    }

    /// A revision.
    ///
    /// # Errors
    /// [`StoreError::NoRevision`], [`StoreError::Database`].
    pub fn revision(
        &self,
        tenant: &TenantId,
        handler: &HandlerId,
        revision: Revision,
    ) -> Result<RevisionRecord, StoreError> {
        rows::revision(&self.connection(), tenant, handler, revision)
    }

    /// The kept revisions of a handler, or of all handlers of a tenant, the newest first.
    ///
    /// # Errors
    /// [`StoreError::Database`]
    pub fn revisions(
        &self,
        tenant: &TenantId,
        handler: Option<&HandlerId>,
    ) -> Result<Vec<RevisionRecord>, StoreError> {
        rows::revisions(&self.connection(), tenant, handler)
    }

    /// The deployed handlers of a tenant, in the order in which they are asked. Drained ones are
    /// among them.
    ///
    /// # Errors
    /// [`StoreError::Database`], [`StoreError::Unreadable`].
    pub fn in_force(&self, tenant: &TenantId) -> Result<Vec<HandlerInForce>, StoreError> {
        rows::in_force(&self.connection(), tenant)
    }

    /// How many bytes the components of a tenant's revisions have, each counted once.
    ///
    /// # Errors
    /// [`StoreError::Database`]
    pub fn blob_bytes(&self, tenant: &TenantId) -> Result<u64, StoreError> {
        blob_bytes(&self.connection(), tenant, None)
    }

    fn connection(&self) -> MutexGuard<'_, Connection> {
        // Whatever broke with the lock held, its transaction was rolled back.
        self.connection
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }

    /// Does something in one transaction: all of it, or nothing after an error or a crash.
    fn change<T>(
        &self,
        change: impl FnOnce(&Transaction<'_>) -> Result<T, StoreError>,
    ) -> Result<T, StoreError> {
        let mut connection = self.connection();
        let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
        let done = change(&transaction)?;
        transaction.commit()?;
        Ok(done)
    }
}

/// What speaks for a revision, for the log.
fn evidence(new: &NewRevision) -> String {
    match &new.signed_by {
        Some(key) if new.evidence.is_empty() => format!("signed by {key}"),
        Some(key) => format!("signed by {key}; {}", new.evidence),
        None => new.evidence.clone(),
    }
}

/// Takes the next number of a handler. Numbers of revisions that are gone are not taken again.
fn number(
    transaction: &Transaction<'_>,
    new: &NewRevision,
    author: &Author,
    policy: &DeployPolicy,
) -> Result<Revision, StoreError> {
    let (tenant, handler) = (new.tenant.as_str(), new.handler.as_str());
    let next: Option<u32> = transaction
        .query_row(
            "SELECT next_revision FROM handlers WHERE tenant = ?1 AND handler = ?2",
            [tenant, handler],
            |row| row.get(0),
        )
        .optional()?;
    if next.is_none() && !author.is_operator {
        let count = "SELECT count(*) FROM handlers WHERE tenant = ?1";
        let handlers: u32 = transaction.query_row(count, [tenant], |row| row.get(0))?;
        if handlers >= policy.handlers_max {
            return Err(StoreError::HandlerQuota(handlers));
        }
    }
    let revision = next.map_or(Revision::FIRST, Revision::new);
    let after = revision.next();
    let after = after.ok_or_else(|| StoreError::NumbersUsed(new.handler.clone()))?;
    transaction.execute(
        "INSERT INTO handlers (tenant, handler, next_revision) VALUES (?1, ?2, ?3)
         ON CONFLICT DO UPDATE SET next_revision = ?3",
        params![tenant, handler, after.number()],
    )?;
    Ok(revision)
}

/// Makes room for one more revision of a handler.
fn retire(
    transaction: &Transaction<'_>,
    tenant: &TenantId,
    handler: &HandlerId,
    policy: &DeployPolicy,
) -> Result<(), StoreError> {
    let needed = rows::handler_in_force(transaction, tenant, handler)?;
    let mut needed_numbers = BTreeSet::new();
    if let Some(needed) = needed {
        let canary = needed.activation.canary.map(|canary| canary.revision());
        let needed = [needed.activation.current, canary, needed.previous];
        needed_numbers.extend(needed.into_iter().flatten().map(Revision::number));
    }
    let mut numbers = transaction.prepare(
        "SELECT revision FROM revisions WHERE tenant = ?1 AND handler = ?2 ORDER BY revision",
    )?;
    let numbers = numbers.query_map([tenant.as_str(), handler.as_str()], |row| row.get(0))?;
    let numbers = numbers.collect::<Result<Vec<u32>, _>>()?;
    let most = usize::try_from(policy.revisions_max.max(1)).unwrap_or(usize::MAX);
    let more = numbers.len().saturating_add(1).saturating_sub(most);
    let oldest = numbers
        .into_iter()
        .filter(|number| !needed_numbers.contains(number));
    for number in oldest.take(more) {
        transaction.execute(
            "DELETE FROM revisions WHERE tenant = ?1 AND handler = ?2 AND revision = ?3",
            params![tenant.as_str(), handler.as_str(), number],
        )?;
    }
    Ok(())
}

fn blob_quota(
    transaction: &Transaction<'_>,
    new: &NewRevision,
    bytes: u64,
    policy: &DeployPolicy,
) -> Result<(), StoreError> {
    let kept = blob_bytes(transaction, &new.tenant, Some(new.digest))?;
    let most = policy.blob_bytes_max;
    if kept.saturating_add(bytes) > most {
        return Err(StoreError::BlobQuota { kept, most, bytes });
    }
    Ok(())
}

/// What a tenant keeps, but for one component.
fn blob_bytes(
    connection: &Connection,
    tenant: &TenantId,
    but: Option<ComponentDigest>,
) -> Result<u64, StoreError> {
    let but = but.map_or(String::new(), |digest| digest.to_string());
    let kept: i64 = connection.query_row(
        "SELECT coalesce(sum(bytes), 0) FROM
         (SELECT DISTINCT digest, bytes FROM revisions WHERE tenant = :tenant AND digest <> :but)",
        named_params! { ":tenant": tenant.as_str(), ":but": but },
        |row| row.get(0),
    )?;
    Ok(u64::try_from(kept).unwrap_or_default())
}
