//! `$shv`: variables shared by all of a tenant's handlers.

use crate::bindings::evroute::pv::shv;
use crate::error::{Error, Result};
use crate::value::Value;

/// Reads a variable, with this run's own changes.
///
/// # Errors
/// `shared variable <name>: why`.
#[inline]
pub fn get(name: &str) -> Result<Value> {
    shv::get(name).map_err(|why| about("shared variable ", name, why))
}

/// Writes a variable; takes effect when the run returns a verdict.
///
/// # Errors
/// `shared variable <name>: why`.
#[inline]
pub fn set(name: &str, value: impl Into<Value>) -> Result<()> {
    shv::set(name, &value.into()).map_err(|why| about("shared variable ", name, why))
}

/// Adds to a number and returns what this run now sees. Runs at the same time lose nothing.
///
/// # Errors
/// `counter <name>: why`.
#[inline]
pub fn add(name: &str, delta: i64) -> Result<i64> {
    shv::add(name, delta).map_err(|why| about("counter ", name, why))
}

#[cold]
fn about(kind: &str, name: &str, why: shv::Error) -> Error {
    Error::about(kind, name, why.into())
}
