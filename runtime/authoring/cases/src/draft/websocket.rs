//! What a draft says of WebSockets that are gone.

use super::DraftValue;
use crate::case::Case;
use crate::cell::quoted;

/// The line of a file of cases: a key, and the keys of its table with their values.
pub(super) fn line(case: &Case) -> Option<(&'static str, Vec<(&'static str, String)>)> {
    let one = case.websocket.as_ref()?;
    let mut fields = vec![("target", quoted(&one.target))];
    fields.extend(one.origin.as_ref().map(|origin| ("origin", quoted(origin))));
    fields.push(("opened_at", one.opened_at.to_string()));
    Some(("websocket", fields))
}

/// What can be changed: what a stranger writes.
pub(super) fn fields(case: &Case) -> Vec<(String, DraftValue)> {
    let Some(one) = &case.websocket else {
        return Vec::new();
    };
    let text = |name: &str, text: &str| (name.to_owned(), DraftValue::Text(text.to_owned()));
    vec![
        text("websocket.target", &one.target),
        text(
            "websocket.origin",
            one.origin.as_deref().unwrap_or_default(),
        ),
    ]
}

/// Changes one of them. None for what the event has not, or cannot have with this value.
pub(super) fn put(case: &mut Case, name: &str, value: &DraftValue) -> Option<()> {
    let one = case.websocket.as_mut()?;
    match (name, value) {
        ("websocket.target", DraftValue::Text(text)) => one.target.clone_from(text),
        ("websocket.origin", DraftValue::Text(text)) => one.origin = Some(text.clone()),
        _ => return None,
    }
    Some(())
}
