//! The deploy module: what becomes of a tenant's handlers while the server runs, as events that the
//! tenant's handlers are asked about. Kamailio has no such thing: its script is read at the start.
//!
//! The server tells modules of each change; this one puts it into a bounded queue, and raises it
//! beside whoever made it as `deploy:activated`, `deploy:rolled-back` or `deploy:breaker-open`.

mod capability;
mod config;
mod deploy_tenant;
pub mod events;
mod metrics;
mod module;

pub use config::Config;
pub use deploy_tenant::DeployTenant;
pub use module::DeployModule;
