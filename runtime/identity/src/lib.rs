//! What this server is: its names and domains, the addresses that it listens on, and where each
//! tenant's messages may go. Kamailio's `myself` and its sockets.

mod host_addresses;
mod local_identity;

pub use local_identity::{DestinationError, LocalEndpoint, LocalIdentity, TenantIdentity};
