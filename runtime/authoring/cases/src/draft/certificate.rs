//! What a draft says of certificates.

use super::DraftValue;
use crate::case::Case;
use crate::cell::quoted;

/// The line of a file of cases: a key, and the keys of its table with their values.
pub(super) fn line(case: &Case) -> Option<(&'static str, Vec<(&'static str, String)>)> {
    let one = case.certificate.as_ref()?;
    let names: Vec<_> = one.names.iter().map(|name| quoted(name)).collect();
    let fields = vec![
        ("names", format!("[{}]", names.join(", "))),
        ("days_left", one.days_left.to_string()),
        ("not_after", one.not_after.to_string()),
    ];
    Some(("certificate", fields))
}

/// What can be changed.
pub(super) fn fields(case: &Case) -> Vec<(String, DraftValue)> {
    let Some(one) = &case.certificate else {
        return Vec::new();
    };
    let number = |number: u64| DraftValue::Number(i64::try_from(number).unwrap_or(i64::MAX));
    let fields = [
        ("certificate.days_left", one.days_left.into()),
        ("certificate.not_after", one.not_after),
    ];
    let fields = fields.map(|(name, value)| (name.to_owned(), number(value)));
    fields.into()
}

/// Changes one of them. None for what the event has not, or cannot have with this value.
pub(super) fn put(case: &mut Case, name: &str, value: &DraftValue) -> Option<()> {
    let number = match value {
        DraftValue::Number(number) => u64::try_from(*number).ok()?,
        DraftValue::Text(_) | DraftValue::Bytes(_) => return None,
    };
    let one = case.certificate.as_mut()?;
    match name {
        "certificate.days_left" => one.days_left = u32::try_from(number).ok()?,
        "certificate.not_after" => one.not_after = number,
        _ => return None,
    }
    Some(())
}
