//! What a draft says of users that were not authenticated.

use super::DraftValue;
use crate::case::Case;
use crate::cell::quoted;

/// The line of a file of cases: a key, and the keys of its table with their values.
pub(super) fn line(case: &Case) -> Option<(&'static str, Vec<(&'static str, String)>)> {
    let one = case.auth_failed.as_ref()?;
    let fields = vec![
        ("user", quoted(&one.user)),
        ("realm", quoted(&one.realm)),
        ("source", quoted(&one.source.to_string())),
        ("method", quoted(&one.method)),
        ("call_id", quoted(&one.call_id)),
        ("reason", quoted(&one.reason)),
        ("failures", one.failures.to_string()),
    ];
    Some(("auth_failed", fields))
}

/// What can be changed: what a stranger writes, and how often.
pub(super) fn fields(case: &Case) -> Vec<(String, DraftValue)> {
    let Some(one) = &case.auth_failed else {
        return Vec::new();
    };
    let text = |name: &str, text: &str| (name.to_owned(), DraftValue::Text(text.to_owned()));
    vec![
        text("auth_failed.user", &one.user),
        text("auth_failed.method", &one.method),
        text("auth_failed.call_id", &one.call_id),
        (
            "auth_failed.failures".to_owned(),
            DraftValue::Number(one.failures.into()),
        ),
    ]
}

/// Changes one of them. None for what the event has not, or cannot have with this value.
pub(super) fn put(case: &mut Case, name: &str, value: &DraftValue) -> Option<()> {
    let one = case.auth_failed.as_mut()?;
    match (name, value) {
        ("auth_failed.failures", DraftValue::Number(number)) => {
            one.failures = u32::try_from(*number).ok()?;
        }
        ("auth_failed.user", DraftValue::Text(text)) => one.user.clone_from(text),
        ("auth_failed.method", DraftValue::Text(text)) => one.method.clone_from(text),
        ("auth_failed.call_id", DraftValue::Text(text)) => one.call_id.clone_from(text),
        _ => return None,
    }
    Some(())
}
