//! What a draft says of a connection with TLS.

use super::DraftValue;
use crate::case::Case;
use crate::cell::quoted;

/// The line of a file of cases: a key, and the keys of its table with their values.
pub(super) fn line(case: &Case) -> Option<(&'static str, Vec<(&'static str, String)>)> {
    let one = case.tls.as_ref()?;
    let mut fields = vec![
        ("version", quoted(&one.version)),
        ("cipher", quoted(&one.cipher)),
    ];
    let texts = [("server_name", &one.server_name), ("peer", &one.peer)];
    let said = texts.map(|(key, text)| text.as_ref().map(|text| (key, quoted(text))));
    fields.extend(said.into_iter().flatten());
    if one.is_verified {
        fields.push(("is_verified", "true".to_owned()));
    }
    Some(("tls", fields))
}

/// What can be changed: what a stranger asks for, and what stands in a certificate.
pub(super) fn fields(case: &Case) -> Vec<(String, DraftValue)> {
    let Some(one) = &case.tls else {
        return Vec::new();
    };
    let texts = [
        ("tls.server_name", &one.server_name),
        ("tls.peer", &one.peer),
    ];
    let said = texts.map(|(name, text)| {
        let text = text.clone()?;
        Some((name.to_owned(), DraftValue::Text(text)))
    });
    said.into_iter().flatten().collect()
}

/// Changes one of them. None for what the event has not, or cannot have with this value.
pub(super) fn put(case: &mut Case, name: &str, value: &DraftValue) -> Option<()> {
    let one = case.tls.as_mut()?;
    match (name, value) {
        ("tls.server_name", DraftValue::Text(text)) => one.server_name = Some(text.clone()),
        ("tls.peer", DraftValue::Text(text)) => one.peer = Some(text.clone()),
        _ => return None,
    }
    Some(())
}
