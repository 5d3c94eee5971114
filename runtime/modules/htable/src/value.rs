//! What an entry holds.

use std::sync::Arc;

use evroute_module_api::Value;

/// The longest key of an entry and the longest name of a shared variable, in bytes.
pub const KEY_BYTES_MAX: usize = 256;

/// The longest text or bytes that an entry or a shared variable holds.
pub const VALUE_BYTES_MAX: usize = 64 * 1024;

/// A value at rest. There is no null: an entry without a value is no entry.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Stored {
    /// A number.
    Int(i64),
    /// Text.
    Text(Arc<str>),
    /// Bytes that are not valid UTF-8.
    Octets(Arc<[u8]>),
}

impl Stored {
    /// What a handler wrote; none for null, which removes.
    #[must_use]
    pub fn from_value(value: Value) -> Option<Self> {
        match value {
            Value::Null => None,
            Value::Int(number) => Some(Self::Int(number)),
            Value::Text(text) => Some(Self::Text(text.into())),
            Value::Octets(bytes) => Some(Self::Octets(bytes.into())),
        }
    }

    /// How many bytes it counts for in a quota: a number counts as 8.
    #[must_use]
    pub fn bytes(&self) -> usize {
        match self {
            Self::Int(_) => size_of::<i64>(),
            Self::Text(text) => text.len(),
            Self::Octets(bytes) => bytes.len(),
        }
    }
}

impl From<&Stored> for Value {
    fn from(stored: &Stored) -> Self {
        match stored {
            Stored::Int(number) => Self::Int(*number),
            Stored::Text(text) => Self::Text(text.as_ref().to_owned()),
            Stored::Octets(bytes) => Self::Octets(bytes.to_vec()),
        }
    }
}

/// The value of an entry that may be missing: null then.
pub(crate) fn to_value(stored: Option<&Stored>) -> Value {
    stored.map_or(Value::Null, Value::from)
}
