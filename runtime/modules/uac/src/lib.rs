//! Trunks: this server is a peer's customer, registered with it by user name and password.
//! Kamailio's `uac`, of which `uac_reg` is.

mod capability;
mod challenges;
mod chance;
mod config;
mod events;
mod line;
mod metrics;
mod module;
mod pace;
mod registration;
mod registration_error;
mod rpc;
mod trunk;
mod trunk_table;

pub use config::{Config, Password, TrunkConfig};
pub use events::{UacFailed, UacRegistered};
pub(crate) use line::line;
pub use module::UacModule;
pub use trunk_table::TrunkTable;
