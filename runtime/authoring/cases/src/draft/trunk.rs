//! What a draft says of trunks.

use super::DraftValue;
use crate::case::Case;
use crate::cell::quoted;

/// The line of a file of cases: a key, and the keys of its table with their values.
pub(super) fn line(case: &Case) -> Option<(&'static str, Vec<(&'static str, String)>)> {
    let one = case.trunk.as_ref()?;
    let fields = vec![
        ("name", quoted(&one.name)),
        ("registrar", quoted(&one.registrar)),
        ("user", quoted(&one.user)),
        ("expires", one.expires.to_string()),
        ("code", one.code.to_string()),
        ("reason", quoted(&one.reason)),
        ("failures", one.failures.to_string()),
        ("retry_seconds", one.retry_seconds.to_string()),
    ];
    Some(("trunk", fields))
}

/// What can be changed: what a peer says, and how often.
pub(super) fn fields(case: &Case) -> Vec<(String, DraftValue)> {
    let Some(one) = &case.trunk else {
        return Vec::new();
    };
    let number = |name: &str, number: u32| (name.to_owned(), DraftValue::Number(number.into()));
    vec![
        (
            "trunk.reason".to_owned(),
            DraftValue::Text(one.reason.clone()),
        ),
        number("trunk.code", one.code.into()),
        number("trunk.failures", one.failures),
        number("trunk.expires", one.expires),
    ]
}

/// Changes one of them. None for what the event has not, or cannot have with this value.
pub(super) fn put(case: &mut Case, name: &str, value: &DraftValue) -> Option<()> {
    let one = case.trunk.as_mut()?;
    match (name, value) {
        ("trunk.reason", DraftValue::Text(text)) => one.reason.clone_from(text),
        ("trunk.code", DraftValue::Number(number)) => {
            let code = u16::try_from(*number).ok();
            one.code = code.filter(|code| (300..700).contains(code))?;
        }
        ("trunk.failures", DraftValue::Number(number)) => {
            one.failures = u32::try_from(*number).ok()?;
        }
        ("trunk.expires", DraftValue::Number(number)) => {
            one.expires = u32::try_from(*number).ok()?;
        }
        _ => return None,
    }
    Some(())
}
