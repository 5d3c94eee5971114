use alloc::string::String;

use crate::bindings::evroute::custom::raise;
use crate::error::{Context, Result};
use crate::value::Value;

/// Raises an event for the own tenant's handlers, after this run has returned a verdict; never if it returns none.
///
/// # Errors
/// Those of the WIT's `raise`, as `name: why`.
pub fn raise(name: &str, parameters: &[(String, Value)]) -> Result<()> {
    raise::raise(name, parameters).context(name)
}
