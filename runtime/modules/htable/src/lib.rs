//! The htable module: tables and variables in memory that the handlers of one tenant share. Kamailio's `htable`
//! (`$sht(table=>key)`) and, of its `pv` module, the shared variables (`$shv(name)`).
//!
//! [`HtableTenant`] is the state: plain Rust, no clock, no I/O. A run works on an [`Overlay`] of each table it touches:
//! it sees its own writes, others see them, all at one moment, when the run has returned a verdict.

mod change;
mod config;
mod error;
mod overlay;
mod room;
mod shard;
mod shv;
mod table;
mod tenant;
mod value;

#[cfg(test)]
mod tests;

pub use config::{Config, TableConfig};
pub use error::{Error, KEY_BYTES_MAX};
pub use overlay::Overlay;
pub use shv::SharedVariables;
pub use table::{ExpiredEntry, Row, Settlement, Table};
pub use tenant::HtableTenant;
pub use value::Value;
