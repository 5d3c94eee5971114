//! The audit log's rows in the database.

use evroute_tenant::TenantId;
use rusqlite::{Connection, OptionalExtension, Row, Transaction, named_params, params};

use super::DeployStore;
use super::rows::{signed, unsigned};
use crate::{AuditChain, AuditDraft, AuditEntry, AuditHash, StoreError};

/// Microseconds of the hour in which changes are counted.
const HOUR_US: u64 = 3_600_000_000;

/// The most rows of one answer.
const ROWS_MAX: u32 = 10_000;

const ENTRY: &str =
    "SELECT number, at_us, tenant, handler, who, what, subject, why, evidence, hash FROM audit";

impl DeployStore {
    /// Writes down what was done by others than this store.
    ///
    /// # Errors
    /// [`StoreError::Database`]
    pub fn audit(&self, draft: AuditDraft, at_us: u64) -> Result<AuditEntry, StoreError> {
        self.change(|transaction| append(transaction, draft, at_us))
    }

    /// The last rows of the log, or of one tenant's, the newest first; at most 10,000.
    ///
    /// # Errors
    /// [`StoreError::Database`], [`StoreError::Unreadable`].
    pub fn audit_rows(
        &self,
        tenant: Option<&TenantId>,
        most: u32,
    ) -> Result<Vec<AuditEntry>, StoreError> {
        let connection = self.connection();
        let sql = format!("{ENTRY} WHERE ?1 IS NULL OR tenant = ?1 ORDER BY number DESC LIMIT ?2");
        let mut statement = connection.prepare(&sql)?;
        let key = params![tenant.map(TenantId::as_str), most.min(ROWS_MAX)];
        let entries = statement.query_map(key, |row| Ok(entry(row)))?;
        entries.map(|entry| entry?).collect()
    }

    /// Follows the whole chain. The answer is its end: whoever keeps it elsewhere can tell later
    /// whether rows of today were removed.
    ///
    /// # Errors
    /// [`StoreError::Audit`] with the first row that does not fit; [`StoreError::Database`].
    pub fn verify_audit(&self) -> Result<AuditChain, StoreError> {
        let connection = self.connection();
        let mut statement = connection.prepare(&format!("{ENTRY} ORDER BY number"))?;
        let mut entries = statement.query([])?;
        let mut chain = AuditChain::empty();
        while let Some(row) = entries.next()? {
            chain.follow(&entry(row)?)?;
        }
        Ok(chain)
    }
}

/// Adds a row, chained to the last.
pub(super) fn append(
    transaction: &Transaction<'_>,
    draft: AuditDraft,
    at_us: u64,
) -> Result<AuditEntry, StoreError> {
    let entry = chain(transaction)?.next(at_us, draft);
    let draft = &entry.draft;
    transaction.execute(
        "INSERT INTO audit (number, at_us, tenant, handler, who, what, subject, why, evidence, hash)
         VALUES (:number, :at_us, :tenant, :handler, :who, :what, :subject, :why, :evidence, :hash)",
        named_params! {
            ":number": signed(entry.number),
            ":at_us": signed(entry.at_us),
            ":tenant": draft.tenant,
            ":handler": draft.handler,
            ":who": draft.who,
            ":what": draft.what,
            ":subject": draft.subject,
            ":why": draft.why,
            ":evidence": draft.evidence,
            ":hash": entry.hash.as_bytes(),
        },
    )?;
    Ok(entry)
}

/// Whether one more change within this hour is one too many.
pub(super) fn changes(
    transaction: &Transaction<'_>,
    tenant: &TenantId,
    most: u32,
    at_us: u64,
) -> Result<(), StoreError> {
    let since = signed(at_us.saturating_sub(HOUR_US));
    let made: u32 = transaction.query_row(
        "SELECT count(*) FROM audit WHERE tenant = ?1 AND at_us > ?2 AND at_us <= ?3",
        params![tenant.as_str(), since, signed(at_us)],
        |row| row.get(0),
    )?;
    match made < most {
        true => Ok(()),
        false => Err(StoreError::ChangeQuota(made)),
    }
}

fn chain(connection: &Connection) -> Result<AuditChain, StoreError> {
    let sql = "SELECT number, hash FROM audit ORDER BY number DESC LIMIT 1";
    let mut statement = connection.prepare(sql)?;
    let last = statement.query_row([], |row| Ok((row.get(0)?, row.get::<_, Vec<u8>>(1)?)));
    let Some((number, hash)) = last.optional()? else {
        return Ok(AuditChain::empty());
    };
    Ok(AuditChain {
        rows: unsigned(number),
        head: hash_of(&hash, number)?,
    })
}

fn entry(row: &Row<'_>) -> Result<AuditEntry, StoreError> {
    let text = |column: &str| row.get::<_, String>(column);
    let number: i64 = row.get("number")?;
    let hash: Vec<u8> = row.get("hash")?;
    Ok(AuditEntry {
        number: unsigned(number),
        at_us: unsigned(row.get("at_us")?),
        draft: AuditDraft {
            tenant: text("tenant")?,
            handler: text("handler")?,
            who: text("who")?,
            what: text("what")?,
            subject: text("subject")?,
            why: text("why")?,
            evidence: text("evidence")?,
        },
        hash: hash_of(&hash, number)?,
    })
}

fn hash_of(bytes: &[u8], number: i64) -> Result<AuditHash, StoreError> {
    let wrong = || StoreError::Unreadable(format!("the hash of row {number} of the audit log"));
    AuditHash::read(bytes).ok_or_else(wrong)
}
