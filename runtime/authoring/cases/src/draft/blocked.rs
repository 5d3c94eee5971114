//! What a draft says of sources and users that are blocked.

use super::DraftValue;
use crate::case::Case;
use crate::cell::quoted;

/// The line of a file of cases: a key, and the keys of its table with their values.
pub(super) fn line(case: &Case) -> Option<(&'static str, Vec<(&'static str, String)>)> {
    let one = case.blocked.as_ref()?;
    let mut fields = vec![("address", quoted(&one.address.to_string()))];
    fields.extend(one.user.as_ref().map(|user| ("user", quoted(user))));
    fields.push(("seconds", one.seconds.to_string()));
    Some(("blocked", fields))
}

/// What can be changed: a name that somebody chose, and a number.
pub(super) fn fields(case: &Case) -> Vec<(String, DraftValue)> {
    let Some(one) = &case.blocked else {
        return Vec::new();
    };
    let user = one.user.clone().unwrap_or_default();
    vec![
        ("blocked.user".to_owned(), DraftValue::Text(user)),
        (
            "blocked.seconds".to_owned(),
            DraftValue::Number(one.seconds.into()),
        ),
    ]
}

/// Changes one of them. None for what the event has not, or cannot have with this value.
pub(super) fn put(case: &mut Case, name: &str, value: &DraftValue) -> Option<()> {
    let one = case.blocked.as_mut()?;
    match (name, value) {
        ("blocked.user", DraftValue::Text(text)) => one.user = Some(text.clone()),
        ("blocked.seconds", DraftValue::Number(number)) => {
            one.seconds = u32::try_from(*number).ok()?;
        }
        _ => return None,
    }
    Some(())
}
