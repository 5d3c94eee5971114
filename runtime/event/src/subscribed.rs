//! Who listens to events of one name.

use std::collections::BTreeSet;

/// Which events of one name, `custom:event`, somebody of a tenant listens to.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Subscribed {
    /// Those of every third segment.
    Every,
    /// Those of these third segments; of none, where nobody listens.
    Only(BTreeSet<String>),
}

impl Subscribed {
    /// Whether an event with this third segment finds a handler.
    #[must_use]
    pub fn includes(&self, segment: &str) -> bool {
        match self {
            Self::Every => true,
            Self::Only(segments) => segments.contains(segment),
        }
    }
}
