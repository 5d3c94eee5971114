//! Rows of the database, read and written.

use evroute_tenant::{HandlerId, Revision, TenantId};
use rusqlite::{Connection, OptionalExtension, Row, Transaction, named_params, params};

use crate::{
    Activation, ActivationCause, AuditDraft, Author, Canary, ComponentDigest, HandlerInForce,
    NewRevision, RevisionRecord, RevisionSettings, StoreError,
};

/// What is read of `revisions`.
const REVISION: &str = "SELECT tenant, handler, revision, digest, bytes, settings, facts, \
                        signature, signed_by, who, at_us, why, evidence, attestation \
                        FROM revisions";

/// What is read of `activations`.
const ACTIVATION: &str = "SELECT number, current, below, canary, percent, seconds, cause, at_us \
                          FROM activations";

/// An activation, and the one that a rollback leads to.
pub(super) struct Link {
    pub(super) activation: Activation,
    pub(super) below: Option<i64>,
}

/// SQLite's numbers have a sign.
pub(super) fn signed(number: u64) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}

pub(super) fn unsigned(number: i64) -> u64 {
    u64::try_from(number).unwrap_or_default()
}

pub(super) fn digest(text: &str) -> Result<ComponentDigest, StoreError> {
    text.parse().map_err(|_| unreadable("digest", text))
}

fn unreadable(what: &str, text: &str) -> StoreError {
    StoreError::Unreadable(format!("the {what} {text:?}"))
}

pub(super) fn draft(
    tenant: &TenantId,
    handler: &HandlerId,
    author: &Author,
    what: &str,
    why: &str,
) -> AuditDraft {
    AuditDraft {
        tenant: tenant.to_string(),
        handler: handler.to_string(),
        who: author.name.clone(),
        what: what.to_owned(),
        why: why.to_owned(),
        ..AuditDraft::default()
    }
}

pub(super) fn insert_revision(
    transaction: &Transaction<'_>,
    record: &RevisionRecord,
) -> Result<(), StoreError> {
    let new = &record.new;
    let facts = serde_json::to_string(&new.facts).unwrap_or_default();
    transaction.execute(
        "INSERT INTO revisions (tenant, handler, revision, digest, bytes, settings, facts,
         signature, signed_by, who, at_us, why, evidence, attestation)
         VALUES (:tenant, :handler, :revision, :digest, :bytes, :settings, :facts, :signature,
         :signed_by, :who, :at_us, :why, :evidence, :attestation)",
        named_params! {
            ":tenant": new.tenant.as_str(),
            ":handler": new.handler.as_str(),
            ":revision": record.revision.number(),
            ":digest": new.digest.to_string(),
            ":bytes": signed(record.bytes),
            ":settings": new.settings.to_json(),
            ":facts": facts,
            ":signature": new.signature,
            ":signed_by": new.signed_by,
            ":who": record.who,
            ":at_us": signed(record.at_us),
            ":why": new.why,
            ":evidence": new.evidence,
            ":attestation": new.attestation,
        },
    )?;
    Ok(())
}

fn record(row: &Row<'_>) -> Result<RevisionRecord, StoreError> {
    let text = |column: &str| row.get::<_, String>(column);
    let (tenant, handler) = (text("tenant")?, text("handler")?);
    let (settings, facts) = (text("settings")?, text("facts")?);
    let new = NewRevision {
        tenant: tenant.parse().map_err(|_| unreadable("tenant", &tenant))?,
        handler: handler
            .parse()
            .map_err(|_| unreadable("handler", &handler))?,
        digest: digest(&text("digest")?)?,
        settings: RevisionSettings::from_json(&settings)
            .ok_or_else(|| unreadable("settings", &settings))?,
        facts: serde_json::from_str(&facts).map_err(|_| unreadable("facts", &facts))?,
        signature: row.get("signature")?,
        signed_by: row.get("signed_by")?,
        why: text("why")?,
        evidence: text("evidence")?,
        attestation: row.get("attestation")?,
    };
    Ok(RevisionRecord {
        revision: Revision::new(row.get("revision")?),
        new,
        bytes: unsigned(row.get("bytes")?),
        who: text("who")?,
        at_us: unsigned(row.get("at_us")?),
    })
}

pub(super) fn revision(
    connection: &Connection,
    tenant: &TenantId,
    handler: &HandlerId,
    revision: Revision,
) -> Result<RevisionRecord, StoreError> {
    let sql = format!("{REVISION} WHERE tenant = ?1 AND handler = ?2 AND revision = ?3");
    let mut statement = connection.prepare(&sql)?;
    let key = params![tenant.as_str(), handler.as_str(), revision.number()];
    let found = statement.query_row(key, |row| Ok(record(row))).optional()?;
    let handler = handler.clone();
    found.unwrap_or(Err(StoreError::NoRevision { handler, revision }))
}

pub(super) fn revisions(
    connection: &Connection,
    tenant: &TenantId,
    handler: Option<&HandlerId>,
) -> Result<Vec<RevisionRecord>, StoreError> {
    let sql = format!(
        "{REVISION} WHERE tenant = ?1 AND (?2 IS NULL OR handler = ?2)
         ORDER BY handler, revision DESC"
    );
    let mut statement = connection.prepare(&sql)?;
    let key = params![tenant.as_str(), handler.map(HandlerId::as_str)];
    let records = statement.query_map(key, |row| Ok(record(row)))?;
    records.map(|record| record?).collect()
}

pub(super) fn has_revision(
    connection: &Connection,
    tenant: &TenantId,
    handler: &HandlerId,
    revision: Revision,
) -> Result<bool, StoreError> {
    let sql = "SELECT 1 FROM revisions WHERE tenant = ?1 AND handler = ?2 AND revision = ?3";
    let key = params![tenant.as_str(), handler.as_str(), revision.number()];
    let found = connection.prepare(sql)?.exists(key)?;
    Ok(found)
}

fn link(row: &Row<'_>, handler: &HandlerId) -> Result<Link, StoreError> {
    let revision = |column: &str| {
        let number: rusqlite::Result<Option<u32>> = row.get(column);
        number.map(|number| number.map(Revision::new))
    };
    let cause: String = row.get("cause")?;
    let canary = match revision("canary")? {
        None => None,
        Some(one) => {
            let canary = Canary::new(one, row.get("percent")?, row.get("seconds")?);
            Some(canary.map_err(|_| unreadable("canary of", handler.as_str()))?)
        }
    };
    let activation = Activation {
        number: row.get("number")?,
        current: revision("current")?,
        canary,
        cause: ActivationCause::named(&cause).ok_or_else(|| unreadable("cause", &cause))?,
        at_us: unsigned(row.get("at_us")?),
    };
    Ok(Link {
        activation,
        below: row.get("below")?,
    })
}

/// The last activation of a handler.
pub(super) fn last(
    connection: &Connection,
    tenant: &TenantId,
    handler: &HandlerId,
) -> Result<Option<Link>, StoreError> {
    let sql =
        format!("{ACTIVATION} WHERE tenant = ?1 AND handler = ?2 ORDER BY number DESC LIMIT 1");
    let mut statement = connection.prepare(&sql)?;
    let key = [tenant.as_str(), handler.as_str()];
    let found = statement
        .query_row(key, |row| Ok(link(row, handler)))
        .optional()?;
    found.transpose()
}

/// The activation that a rollback leads to: the nearest below whose revision is kept, and another
/// than what is in force.
pub(super) fn below(
    connection: &Connection,
    tenant: &TenantId,
    handler: &HandlerId,
    from: &Link,
) -> Result<Option<Link>, StoreError> {
    let sql = format!("{ACTIVATION} WHERE number = ?1 AND tenant = ?2 AND handler = ?3");
    let mut statement = connection.prepare(&sql)?;
    let mut number = from.below;
    while let Some(one) = number {
        let key = params![one, tenant.as_str(), handler.as_str()];
        let found = statement
            .query_row(key, |row| Ok(link(row, handler)))
            .optional()?;
        let Some(found) = found.transpose()? else {
            return Ok(None);
        };
        let is_another = found.activation.current != from.activation.current;
        let revision = found.activation.current.filter(|_| is_another);
        if let Some(revision) = revision
            && has_revision(connection, tenant, handler, revision)?
        {
            return Ok(Some(found));
        }
        // Rows point to earlier ones only, so that this ends.
        number = found.below.filter(|below| *below < one);
    }
    Ok(None)
}

pub(super) fn handler_in_force(
    connection: &Connection,
    tenant: &TenantId,
    handler: &HandlerId,
) -> Result<Option<HandlerInForce>, StoreError> {
    let Some(last) = last(connection, tenant, handler)? else {
        return Ok(None);
    };
    let sql = "SELECT coalesce(place, 0) FROM handlers WHERE tenant = ?1 AND handler = ?2";
    let key = [tenant.as_str(), handler.as_str()];
    let place: Option<i64> = connection
        .query_row(sql, key, |row| row.get(0))
        .optional()?;
    let previous = below(connection, tenant, handler, &last)?;
    Ok(Some(HandlerInForce {
        handler: handler.clone(),
        place: place.unwrap_or_default(),
        activation: last.activation,
        previous: previous.and_then(|link| link.activation.current),
    }))
}

pub(super) fn in_force(
    connection: &Connection,
    tenant: &TenantId,
) -> Result<Vec<HandlerInForce>, StoreError> {
    let sql = "SELECT handler FROM handlers WHERE tenant = ?1 AND place IS NOT NULL ORDER BY place";
    let mut statement = connection.prepare(sql)?;
    let names = statement.query_map([tenant.as_str()], |row| row.get::<_, String>(0))?;
    let mut all = Vec::new();
    for name in names {
        let name = name?;
        let handler = name.parse().map_err(|_| unreadable("handler", &name))?;
        all.extend(handler_in_force(connection, tenant, &handler)?);
    }
    Ok(all)
}
