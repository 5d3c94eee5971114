//! The htable module: tables and variables shared by a tenant's handlers. Kamailio's `htable`, and
//! the `$shv` of its `pv` module.
//!
//! [`HtableTenant`] holds what is committed. A run works on an [`WriteBatch`]: it sees its own
//! writes, and they take effect all together or not at all when it returns a verdict. No lock is
//! held while a handler runs, unlike in Kamailio, where `htable:expired` is raised under the slot's
//! lock; [`TableSweeper`] settles an expired entry by key and version.

mod capability;
mod capacity;
mod change;
mod config;
mod error;
pub mod events;
mod kept_table;
mod metrics;
mod mod_init;
mod module;
mod operator;
mod rpc;
mod shv;
mod stored_entry;
mod sweeper;
mod table;
mod tables;
#[cfg(test)]
mod testing;
mod unkept;
mod value;
mod variables;
mod write_batch;

pub use change::{Expiry, Seen};
pub use config::{Config, ShvConfig, TableConfig, TotalConfig};
pub use error::WriteError;
pub use module::HtableModule;
pub use shv::SharedVariables;
pub use sweeper::{SWEEP_ENTRIES_MAX, Swept, TableSweeper};
pub use table::{ExpiredEntry, ExpiryResult, Table};
pub use tables::{HtableTenant, TableId};
pub use value::{KEY_BYTES_MAX, Stored, VALUE_BYTES_MAX};
pub use write_batch::WriteBatch;
