//! What a draft says of deploys and circuit breakers.

use super::DraftValue;
use crate::case::Case;
use crate::cell::quoted;

/// The lines of a file of cases: a key, and the keys of its table with their values.
pub(super) fn lines(case: &Case) -> Vec<(&'static str, Vec<(&'static str, String)>)> {
    let mut lines = Vec::new();
    if let Some(one) = &case.deploy {
        let mut fields = vec![
            ("handler", quoted(&one.handler)),
            ("revision", one.revision.to_string()),
            ("who", quoted(&one.who)),
            ("why", quoted(&one.why)),
        ];
        fields.extend(one.before.map(|before| ("before", before.to_string())));
        lines.push(("deploy", fields));
    }
    if let Some(one) = &case.breaker {
        let fields = vec![
            ("handler", quoted(&one.handler)),
            ("revision", one.revision.to_string()),
            ("reason", quoted(&one.reason)),
            ("runs", one.runs.to_string()),
            ("failures", one.failures.to_string()),
            ("openings", one.openings.to_string()),
        ];
        lines.push(("breaker", fields));
    }
    lines
}

/// What can be changed.
pub(super) fn fields(case: &Case) -> Vec<(String, DraftValue)> {
    let mut fields = Vec::new();
    let mut add = |name: &str, value| fields.push((name.to_owned(), value));
    let number = |number: u64| DraftValue::Number(i64::try_from(number).unwrap_or(i64::MAX));
    if let Some(one) = &case.deploy {
        add("deploy.revision", number(one.revision.into()));
        add("deploy.who", DraftValue::Text(one.who.clone()));
        add("deploy.why", DraftValue::Text(one.why.clone()));
    }
    if let Some(one) = &case.breaker {
        add("breaker.revision", number(one.revision.into()));
        add("breaker.reason", DraftValue::Text(one.reason.clone()));
        add("breaker.runs", number(one.runs));
        add("breaker.failures", number(one.failures));
        add("breaker.openings", number(one.openings));
    }
    fields
}

/// Changes one of them. None for what the event has not, or cannot have with this value.
pub(super) fn put(case: &mut Case, name: &str, value: DraftValue) -> Option<()> {
    let number = || match &value {
        DraftValue::Number(number) => u64::try_from(*number).ok(),
        DraftValue::Text(_) | DraftValue::Bytes(_) => None,
    };
    let text = || match &value {
        DraftValue::Text(text) => Some(text.clone()),
        DraftValue::Number(_) | DraftValue::Bytes(_) => None,
    };
    let revision = || u32::try_from(number()?).ok();
    match name {
        "deploy.revision" => case.deploy.as_mut()?.revision = revision()?,
        "deploy.who" => case.deploy.as_mut()?.who = text()?,
        "deploy.why" => case.deploy.as_mut()?.why = text()?,
        "breaker.revision" => case.breaker.as_mut()?.revision = revision()?,
        "breaker.reason" => case.breaker.as_mut()?.reason = text()?,
        "breaker.runs" => case.breaker.as_mut()?.runs = number()?,
        "breaker.failures" => case.breaker.as_mut()?.failures = number()?,
        "breaker.openings" => case.breaker.as_mut()?.openings = number()?,
        _ => return None,
    }
    Some(())
}
