//! The sql module: databases that the operator named and handlers may ask. Kamailio's `sqlops`.
//!
//! Kept from `sqlops`: databases have labels, results are read whole before the handler looks at
//! them. Refused: values pasted into the statement's text; here they are bound, and one call runs
//! one statement.
//!
//! A handler that imports this runs in the async lane. What it writes is outside the run: done when
//! the call returns, and not undone when the run fails later.

mod backend;
mod capability;
mod config;
mod database;
mod error;
mod fake_database;
mod file_identity;
mod metrics;
mod module;
mod reach;
mod reader;
mod rows;
mod statement;
mod tenant;

#[cfg(test)]
mod tests;

pub use config::{Config, DatabaseConfig, DatabaseUrl};
pub use database::Database;
pub use error::{Error, OpenError};
pub use fake_database::{AskedQuery, FakeDatabase, QueryAnswer, QueryAnswers};
pub(crate) use file_identity::DatabaseFiles;
pub use module::SqlModule;
pub use rows::Rows;
pub use tenant::SqlTenant;

/// A column's or parameter's value, as the WIT has it.
pub use evroute_bindings::evroute::sql::sql::Value;
