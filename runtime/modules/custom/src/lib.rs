//! The custom module: events that operators and handlers name themselves. Kamailio's `evrexec`.
//!
//! `evroute raise NAME`, the RPC `custom.raise` and handlers (`evroute:custom/raise`) put events
//! into one bounded queue, which raises them one after another as `custom:event:<name>`. What a
//! handler raises is queued when its run returns a verdict, never before.

mod capability;
mod config;
pub mod events;
mod limits;
mod metrics;
mod module;
mod queue;
mod rpc;

pub use config::Config;
pub use limits::Refused;
pub use module::CustomModule;
pub use queue::{CustomTenant, Queue, Queued};
pub use rpc::{RaiseArgumentError, from_json};
