//! Revisions, what is in force and the audit log, as `deploy.*` answers them.

use evroute_deploy::{Attestation, AuditEntry, HandlerInForce, RevisionRecord};
use evroute_tenant::Revision;
use serde_json::{Map, Value, json};

pub(super) fn row(row: &AuditEntry) -> Value {
    let draft = &row.draft;
    json!({
        "row": row.number,
        "at": time(row.at_us),
        "tenant": draft.tenant,
        "handler": draft.handler,
        "who": draft.who,
        "what": draft.what,
        "subject": draft.subject,
        "why": draft.why,
        "evidence": draft.evidence,
        "hash": row.hash.to_string(),
    })
}

/// RFC 3339, in whole seconds.
fn time(at_us: u64) -> String {
    let seconds = i64::try_from(at_us / 1_000_000).unwrap_or(i64::MAX);
    let time = jiff::Timestamp::from_second(seconds);
    time.map_or_else(|_| seconds.to_string(), |time| time.to_string())
}

pub(super) fn revision(record: &RevisionRecord) -> Map<String, Value> {
    let new = &record.new;
    let limits = new.settings.limits.named();
    let attestation = new.attestation.as_deref();
    let attestation = attestation.and_then(|text| Attestation::read(text, new.digest).ok());
    let shown = json!({
        "handler": new.handler.as_str(),
        "revision": record.revision.number(),
        "digest": new.digest.to_string(),
        "bytes": record.bytes,
        "events": new.facts.events,
        "imports": new.facts.imports,
        "grants": new.settings.grant_texts(),
        "fail_policy": new.settings.fail_policy.to_string(),
        "on": new.settings.filters,
        "breaker": new.settings.breaker,
        "limits": limits.iter().map(|(name, most)| ((*name).to_owned(), json!(most)))
            .collect::<Map<_, _>>(),
        "signed_by": new.signed_by,
        "who": record.who,
        "at": time(record.at_us),
        "why": new.why,
        "evidence": new.evidence,
        "attestation": attestation.map(|shown| shown.summary()),
    });
    match shown {
        Value::Object(shown) => shown,
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) | Value::Array(_) => {
            Map::new()
        }
    }
}

pub(super) fn in_force(kept: &HandlerInForce) -> Value {
    let activation = &kept.activation;
    let number = |revision: Option<Revision>| revision.map(Revision::number);
    json!({
        "handler": kept.handler.as_str(),
        "revision": number(activation.current),
        "canary": activation.canary.map(|canary| json!({
            "revision": canary.revision().number(),
            "percent": canary.percent(),
            "seconds": canary.watched().as_secs(),
        })),
        "previous": number(kept.previous),
        "cause": activation.cause.as_str(),
    })
}
