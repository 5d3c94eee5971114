//! The parameters of a call.

use serde_json::{Map, Value};

use super::RpcError;

/// The parameters of a call, by position or by name, as the caller chose. A method that reads
/// parameter 0 named `uri` takes both `["sip:a@b"]` and `{"uri": "sip:a@b"}`.
#[derive(Clone, Debug, PartialEq)]
pub enum RpcParams {
    /// `[...]`, or none at all.
    Positional(Vec<Value>),
    /// `{...}`
    Named(Map<String, Value>),
}

impl RpcParams {
    /// The parameter; none when it was not given or is `null`.
    #[must_use]
    pub fn get(&self, position: usize, name: &str) -> Option<&Value> {
        let value = match self {
            Self::Positional(values) => values.get(position),
            Self::Named(values) => values.get(name),
        };
        value.filter(|value| !value.is_null())
    }

    /// A text that must be given. Numbers and booleans count as their text, since shells do not
    /// tell them apart.
    ///
    /// # Errors
    /// [`RpcError::INVALID_PARAMS`] when it is missing or a list or object.
    pub fn text(&self, position: usize, name: &str) -> Result<String, RpcError> {
        self.text_opt(position, name)?
            .ok_or_else(|| missing(position, name))
    }

    /// A text that may be missing.
    ///
    /// # Errors
    /// [`RpcError::INVALID_PARAMS`] when it is a list or object.
    pub fn text_opt(&self, position: usize, name: &str) -> Result<Option<String>, RpcError> {
        match self.get(position, name) {
            None | Some(Value::Null) => Ok(None),
            Some(Value::String(text)) => Ok(Some(text.clone())),
            Some(Value::Number(number)) => Ok(Some(number.to_string())),
            Some(Value::Bool(truth)) => Ok(Some(truth.to_string())),
            Some(Value::Array(_) | Value::Object(_)) => Err(wrong(position, name, "a text")),
        }
    }

    /// A whole number that must be given.
    ///
    /// # Errors
    /// [`RpcError::INVALID_PARAMS`] when it is missing or not a whole number of 64 bits.
    pub fn integer(&self, position: usize, name: &str) -> Result<i64, RpcError> {
        let value = self
            .get(position, name)
            .ok_or_else(|| missing(position, name))?;
        let text = value.as_str().and_then(|text| text.parse().ok());
        value
            .as_i64()
            .or(text)
            .ok_or_else(|| wrong(position, name, "a whole number"))
    }

    /// Refuses parameters that the method does not know, so that a slip is not ignored silently.
    /// `names` in the order of their positions.
    ///
    /// # Errors
    /// [`RpcError::INVALID_PARAMS`] with the first unknown one.
    pub fn only(&self, names: &[&str]) -> Result<(), RpcError> {
        match self {
            Self::Positional(values) if values.len() > names.len() => {
                let (given, most) = (values.len(), names.len());
                if names.is_empty() {
                    return Err(RpcError::invalid_params("this method takes no parameters"));
                }
                let message = format!(
                    "{given} parameters given, at most {most} taken: {}",
                    names.join(", ")
                );
                Err(RpcError::invalid_params(message))
            }
            Self::Positional(_) => Ok(()),
            Self::Named(values) => match values.keys().find(|key| !names.contains(&key.as_str())) {
                Some(key) => {
                    let message =
                        format!("no parameter is named {key:?}; taken: {}", names.join(", "));
                    Err(RpcError::invalid_params(message))
                }
                None => Ok(()),
            },
        }
    }
}

fn missing(position: usize, name: &str) -> RpcError {
    RpcError::invalid_params(format!("parameter {} ({name}) is missing", position + 1))
}

fn wrong(position: usize, name: &str, kind: &str) -> RpcError {
    RpcError::invalid_params(format!(
        "parameter {} ({name}) must be {kind}",
        position + 1
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn params(json: &str) -> RpcParams {
        match serde_json::from_str(json).unwrap() {
            Value::Array(values) => RpcParams::Positional(values),
            Value::Object(values) => RpcParams::Named(values),
            other => panic!("{other}"),
        }
    }

    #[test]
    fn names_and_positions_mean_the_same() {
        for json in [r#"["a", "7", null]"#, r#"{"x": "a", "y": 7}"#] {
            let params = params(json);
            assert_eq!(params.text(0, "x").as_deref(), Ok("a"));
            assert_eq!(params.integer(1, "y"), Ok(7));
            assert_eq!(params.text(1, "y").as_deref(), Ok("7"));
            assert_eq!(params.text_opt(2, "z"), Ok(None));
        }
    }

    #[test]
    fn missing_wrong_and_unknown_parameters_are_named() {
        let message = |error: RpcError| (error.code, error.message);
        let params = params(r#"{"x": [1], "n": 1.5}"#);
        let expected = |text: &str| (RpcError::INVALID_PARAMS, text.to_owned());
        assert_eq!(
            message(params.text(0, "a").unwrap_err()),
            expected("parameter 1 (a) is missing")
        );
        assert_eq!(
            message(params.text(1, "x").unwrap_err()),
            expected("parameter 2 (x) must be a text")
        );
        let whole = expected("parameter 1 (n) must be a whole number");
        assert_eq!(message(params.integer(0, "n").unwrap_err()), whole);
        let unknown = expected("no parameter is named \"n\"; taken: x");
        assert_eq!(message(params.only(&["x"]).unwrap_err()), unknown);
        let many = self::params("[1, 2, 3]").only(&["x", "y"]).unwrap_err();
        assert_eq!(
            message(many),
            expected("3 parameters given, at most 2 taken: x, y")
        );
        let none = self::params("[1]").only(&[]).unwrap_err();
        assert_eq!(message(none), expected("this method takes no parameters"));
    }
}
