//! What a draft says of connections that are about to be made.

use super::DraftValue;
use crate::case::Case;
use crate::cell::quoted;

/// The line of a file of cases: a key, and the keys of its table with their values.
pub(super) fn line(case: &Case) -> Option<(&'static str, Vec<(&'static str, String)>)> {
    let one = case.dial.as_ref()?;
    let fields = vec![
        ("name", quoted(&one.name)),
        ("address", quoted(&one.address.to_string())),
    ];
    Some(("dial", fields))
}

/// What can be changed: whom a request names.
pub(super) fn fields(case: &Case) -> Vec<(String, DraftValue)> {
    let name = case.dial.as_ref().map(|one| one.name.clone());
    let name = name.map(|name| ("dial.name".to_owned(), DraftValue::Text(name)));
    name.into_iter().collect()
}

/// Changes one of them. None for what the event has not, or cannot have with this value.
pub(super) fn put(case: &mut Case, name: &str, value: &DraftValue) -> Option<()> {
    let one = case.dial.as_mut()?;
    match (name, value) {
        ("dial.name", DraftValue::Text(text)) => one.name.clone_from(text),
        _ => return None,
    }
    Some(())
}
