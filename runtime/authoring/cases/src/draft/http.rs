//! What a draft says of requests of HTTP.

use super::DraftValue;
use crate::case::Case;
use crate::cell::quoted;

/// The line of a file of cases: a key, and the keys of its table with their values.
pub(super) fn line(case: &Case) -> Option<(&'static str, Vec<(&'static str, String)>)> {
    let one = case.http.as_ref()?;
    let headers: Vec<_> = one.headers.iter().map(|line| quoted(line)).collect();
    let fields = vec![
        ("method", quoted(&one.method)),
        ("target", quoted(&one.target)),
        ("headers", format!("[{}]", headers.join(", "))),
        ("body", quoted(&one.body)),
    ];
    Some(("http", fields))
}

/// What can be changed: all that a stranger writes. Header fields are lines of one text.
pub(super) fn fields(case: &Case) -> Vec<(String, DraftValue)> {
    let Some(one) = &case.http else {
        return Vec::new();
    };
    let headers = one.headers.join("\n");
    let fields = [
        ("http.method", &one.method),
        ("http.target", &one.target),
        ("http.headers", &headers),
        ("http.body", &one.body),
    ];
    let field = |(name, text): (&str, &String)| (name.to_owned(), DraftValue::Text(text.clone()));
    fields.map(field).into()
}

/// Changes one of them. None for what the event has not, or cannot have with this value.
pub(super) fn put(case: &mut Case, name: &str, value: &DraftValue) -> Option<()> {
    let one = case.http.as_mut()?;
    let DraftValue::Text(text) = value else {
        return None;
    };
    match name {
        "http.method" => one.method.clone_from(text),
        "http.target" => one.target.clone_from(text),
        "http.body" => one.body.clone_from(text),
        "http.headers" => {
            let lines = text.split(['\r', '\n']).filter(|line| line.contains(':'));
            one.headers = lines.map(str::to_owned).collect();
        }
        _ => return None,
    }
    Some(())
}
