//! What an event may be called and carry.

use evroute_module_api::Value;

/// The longest name, in bytes.
const NAME_BYTES_MAX: usize = 64;
/// The most parameters.
const PARAMETERS_MAX: usize = 32;
/// The longest key, in bytes.
const KEY_BYTES_MAX: usize = 64;
/// The longest value, in bytes.
const VALUE_BYTES_MAX: usize = 8 << 10;

/// The most that all keys and values have together, in bytes: queues are counted in events.
const EVENT_BYTES_MAX: usize = 16 << 10;

/// Why an event is not raised.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
pub enum Refused {
    /// Not a name.
    #[error("{0:?} is no event name: 1 to {NAME_BYTES_MAX} letters, digits, - _ . and :")]
    Name(String),
    /// Too many parameters, or one of them is too long.
    #[error(
        "at most {PARAMETERS_MAX} parameters, keys of {KEY_BYTES_MAX} and values of {VALUE_BYTES_MAX} bytes, {EVENT_BYTES_MAX} together"
    )]
    Parameters,
}

/// Checks a name and parameters.
pub(crate) fn check(name: &str, parameters: &[(String, Value)]) -> Result<(), Refused> {
    let allowed = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.' | ':');
    if name.is_empty() || name.len() > NAME_BYTES_MAX || !name.chars().all(allowed) {
        return Err(Refused::Name(name.chars().take(NAME_BYTES_MAX).collect()));
    }
    let fits = |(key, value): &(String, Value)| {
        !key.is_empty() && key.len() <= KEY_BYTES_MAX && size(value) <= VALUE_BYTES_MAX
    };
    let total: usize = parameters
        .iter()
        .map(|(key, value)| key.len() + size(value))
        .sum();
    if parameters.len() > PARAMETERS_MAX || total > EVENT_BYTES_MAX || !parameters.iter().all(fits)
    {
        return Err(Refused::Parameters);
    }
    Ok(())
}

/// How many bytes a value has.
pub(crate) fn size(value: &Value) -> usize {
    match value {
        Value::Null | Value::Int(_) => 0,
        Value::Text(text) => text.len(),
        Value::Octets(bytes) => bytes.len(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_and_parameters_have_limits() {
        assert_eq!(check("night-shift:on.1_x", &[]), Ok(()));
        for name in ["", "a b", "ä", "a\n", &"x".repeat(65)] {
            assert!(
                matches!(check(name, &[]), Err(Refused::Name(_))),
                "{name:?}"
            );
        }
        let parameter = |key: &str, len| (key.to_owned(), Value::Text("x".repeat(len)));
        assert_eq!(check("a", &[parameter("k", 8192)]), Ok(()));
        assert_eq!(
            check("a", &[parameter("k", 8193)]),
            Err(Refused::Parameters)
        );
        assert_eq!(check("a", &[parameter("", 1)]), Err(Refused::Parameters));
        assert_eq!(
            check("a", &vec![parameter("k", 1); 33]),
            Err(Refused::Parameters)
        );
    }
}
