//! The tcpops module: handlers are told of connections that are gone, `tcp:closed`. Of Kamailio's
//! `tcpops` its events; what it does to sockets is the transport's own.

mod capability;
mod closed_connections;
mod config;
pub mod events;
mod metrics;
mod module;
mod tcpops_tenant;

pub use config::TcpopsConfig;
pub use events::TcpClosed;
pub use module::TcpopsModule;
pub use tcpops_tenant::TcpopsTenant;
