//! What a draft says of connections that are gone.

use super::DraftValue;
use crate::case::Case;
use crate::cell::quoted;

/// The line of a file of cases: a key, and the keys of its table with their values.
pub(super) fn line(case: &Case) -> Option<(&'static str, Vec<(&'static str, String)>)> {
    let one = case.connection.as_ref()?;
    let fields = vec![
        ("cause", quoted(&one.cause)),
        ("lasted_seconds", one.lasted_seconds.to_string()),
    ];
    Some(("connection", fields))
}

/// What can be changed: how long it was there.
pub(super) fn fields(case: &Case) -> Vec<(String, DraftValue)> {
    let lasted = case.connection.as_ref().map(|one| {
        let seconds = i64::try_from(one.lasted_seconds).unwrap_or(i64::MAX);
        let name = "connection.lasted_seconds".to_owned();
        (name, DraftValue::Number(seconds))
    });
    lasted.into_iter().collect()
}

/// Changes one of them. None for what the event has not, or cannot have with this value.
pub(super) fn put(case: &mut Case, name: &str, value: &DraftValue) -> Option<()> {
    let one = case.connection.as_mut()?;
    match (name, value) {
        ("connection.lasted_seconds", DraftValue::Number(seconds)) => {
            one.lasted_seconds = u64::try_from(*seconds).ok()?;
        }
        _ => return None,
    }
    Some(())
}
