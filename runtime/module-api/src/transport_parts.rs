//! What those are made of whom the transport asks.

use std::fmt;
use std::net::SocketAddr;
use std::sync::Arc;

use evroute_event::Emitter;
use evroute_tenant::{TenantDirectory, TenantIndex, TenantSlots, TlsHandshake};
use evroute_transport::Flow;

use crate::TenantState;

/// What is asked of a connection that a message came over.
type AskFlow<T> = Box<dyn Fn(&Flow) -> T + Send + Sync>;

/// The server, as modules see it that the transport asks: who answers requests of HTTP.
pub struct TransportParts {
    /// Whose a request is.
    pub directory: Arc<TenantDirectory>,
    /// The tenants that there are; they come and go.
    pub tenants: Arc<TenantSlots<TenantState>>,
    /// The socket that a request came to, as tenants name theirs.
    pub listener: AskFlow<SocketAddr>,
    /// What the handshake has come to of a connection with TLS.
    pub handshake: AskFlow<Option<Arc<TlsHandshake>>>,
    /// Whether a tenant has started, and its handlers are asked.
    pub is_served: Box<dyn Fn(TenantIndex) -> bool + Send + Sync>,
    /// Where events are raised.
    pub emitter: Emitter,
    /// Microseconds since 1970.
    pub clock: fn() -> u64,
}

impl fmt::Debug for TransportParts {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TransportParts").finish_non_exhaustive()
    }
}
