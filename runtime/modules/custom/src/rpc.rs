//! `custom.raise`: an operator raises an event.

mod methods;

use evroute_module_api::Value;
use serde_json::Value as Json;

use crate::events::CustomEvent;
use crate::limits::Refused;

pub(crate) use methods::METHODS;

/// Why the arguments do not make an event.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
pub enum RaiseArgumentError {
    /// The name or a parameter is out of its limits.
    #[error(transparent)]
    Refused(#[from] Refused),
    /// A value that a pseudo-variable cannot hold.
    #[error("{0}: only texts, whole numbers, true, false and null")]
    Value(String),
}

/// An event of JSON parameters: texts and whole numbers as they are, true and false as 1 and 0.
///
/// # Errors
/// [`RaiseArgumentError`].
pub fn from_json(
    name: &str,
    parameters: impl IntoIterator<Item = (String, Json)>,
    time_us: u64,
) -> Result<CustomEvent, RaiseArgumentError> {
    let value = |(key, value): (String, Json)| {
        let value = match value {
            Json::Null => Value::Null,
            Json::Bool(yes) => Value::Int(i64::from(yes)),
            Json::String(text) => Value::Text(text),
            Json::Number(number) => match number.as_i64() {
                Some(number) => Value::Int(number),
                None => return Err(RaiseArgumentError::Value(key)),
            },
            Json::Array(_) | Json::Object(_) => return Err(RaiseArgumentError::Value(key)),
        };
        Ok((key, value))
    };
    let parameters: Result<Vec<_>, _> = parameters.into_iter().map(value).collect();
    Ok(CustomEvent::new(name, parameters?, time_us)?)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn json_becomes_parameters_and_what_cannot_is_named() {
        let given = [
            ("a".to_owned(), json!("x")),
            ("b".to_owned(), json!(7)),
            ("c".to_owned(), json!(true)),
        ];
        let event = from_json("night", given, 1).unwrap();
        assert_eq!(event.parameters().len(), 3);
        assert!(matches!(
            event.parameters().last(),
            Some((_, Value::Int(1)))
        ));
        let bad = from_json("night", [("list".to_owned(), json!([1]))], 1).unwrap_err();
        assert_eq!(bad, RaiseArgumentError::Value("list".to_owned()));
        assert!(matches!(
            from_json("a b", [], 1),
            Err(RaiseArgumentError::Refused(_))
        ));
    }
}
