//! What an entry holds.

use std::sync::Arc;

use bytes::Bytes;

/// What an entry of a table or a shared variable holds. There is no null: what has no value is no entry.
///
/// Cheap to clone.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Value {
    /// A number.
    Int(i64),
    /// Text.
    Text(Arc<str>),
    /// Octets that are not valid UTF-8, or that their writer did not call text.
    Octets(Bytes),
}

impl Value {
    /// A text.
    #[must_use]
    pub fn text(text: &str) -> Self {
        Self::Text(text.into())
    }

    /// How many octets it counts against the tenant's limit; a number counts 8.
    #[must_use]
    pub fn bytes(&self) -> u64 {
        match self {
            Self::Int(_) => 8,
            Self::Text(text) => text.len() as u64,
            Self::Octets(octets) => octets.len() as u64,
        }
    }
}
