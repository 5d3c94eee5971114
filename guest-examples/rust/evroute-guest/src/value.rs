use alloc::borrow::ToOwned;
use alloc::string::String;
use alloc::vec::Vec;

/// What a pseudo-variable, a shared variable or an entry of a table holds.
pub use crate::bindings::evroute::pv::types::Value;

impl From<i64> for Value {
    #[inline]
    fn from(number: i64) -> Self {
        Self::Int(number)
    }
}

impl From<&str> for Value {
    fn from(text: &str) -> Self {
        Self::Text(text.to_owned())
    }
}

impl From<String> for Value {
    #[inline]
    fn from(text: String) -> Self {
        Self::Text(text)
    }
}

impl From<Vec<u8>> for Value {
    #[inline]
    fn from(octets: Vec<u8>) -> Self {
        Self::Octets(octets)
    }
}

impl<T: Into<Value>> From<Option<T>> for Value {
    #[inline]
    fn from(value: Option<T>) -> Self {
        value.map_or(Self::Null, Into::into)
    }
}

/// A Rust type that [`pv!`](crate::pv!) can read a variable `as`.
pub trait FromValue: Sized {
    /// What the value should have been, for the log.
    const WANTED: &str;

    /// The value as this type, if it is one.
    fn from_value(value: Value) -> Option<Self>;
}

impl FromValue for Value {
    const WANTED: &str = "a value";

    #[inline]
    fn from_value(value: Value) -> Option<Self> {
        Some(value)
    }
}

impl FromValue for i64 {
    const WANTED: &str = "a number";

    #[inline]
    fn from_value(value: Value) -> Option<Self> {
        match value {
            Value::Int(number) => Some(number),
            Value::Null | Value::Text(_) | Value::Octets(_) => None,
        }
    }
}

impl FromValue for String {
    const WANTED: &str = "text";

    #[inline]
    fn from_value(value: Value) -> Option<Self> {
        match value {
            Value::Text(text) => Some(text),
            Value::Null | Value::Int(_) | Value::Octets(_) => None,
        }
    }
}

impl FromValue for Vec<u8> {
    const WANTED: &str = "text or octets";

    #[inline]
    fn from_value(value: Value) -> Option<Self> {
        match value {
            Value::Text(text) => Some(text.into_bytes()),
            Value::Octets(octets) => Some(octets),
            Value::Null | Value::Int(_) => None,
        }
    }
}

/// `$null` is `None`.
impl<T: FromValue> FromValue for Option<T> {
    const WANTED: &str = T::WANTED;

    #[inline]
    fn from_value(value: Value) -> Option<Self> {
        match value {
            Value::Null => Some(None),
            Value::Int(_) | Value::Text(_) | Value::Octets(_) => T::from_value(value).map(Some),
        }
    }
}
