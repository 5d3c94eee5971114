//! The tls module: a tenant's own certificate, which clients are shown that ask for one of its
//! names (SNI). Kamailio's `tls` module with its `[server:any]` profiles by `server_name`.
//!
//! TLS itself is spoken by the transport; the certificate of the server is in its `[tls]`.

mod capability;
mod config;
mod dialing;
pub mod events;
mod metrics;
mod module;
mod rpc;
mod tenant_tls;
mod variables;
mod watch;

pub use config::TenantTlsConfig;
pub use module::TlsModule;
pub use tenant_tls::TenantTls;
