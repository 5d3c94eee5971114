//! From and To, taken apart once.
//!
//! A request on its way is asked for them again and again: by validation, for its transaction's
//! key, by each handler. Only where the parts are is remembered, never the parts, so that a message
//! has one copy of its bytes.

use std::sync::OnceLock;

use crate::header::{HeaderError, NameAddr, Outline};

/// What is known about From and To. An edit forgets it.
#[derive(Clone, Debug, Default)]
pub(crate) struct Parties {
    pub(crate) from: Known,
    pub(crate) to: Known,
}

/// Where the parts of one address are, once somebody has asked. What does not parse is not
/// remembered.
#[derive(Clone, Debug, Default)]
pub(crate) struct Known(OnceLock<Outline>);

impl Known {
    /// The address; `value` is the header field's.
    pub(crate) fn read<'a>(&self, value: &'a [u8]) -> Result<NameAddr<'a>, HeaderError> {
        if let Some(outline) = self.0.get() {
            return Ok(NameAddr::outlined(value, outline));
        }
        let address = NameAddr::parse(value)?;
        // Somebody else may have read it meanwhile, to the same effect.
        let _ = self.0.set(address.outline(value));
        Ok(address)
    }
}
