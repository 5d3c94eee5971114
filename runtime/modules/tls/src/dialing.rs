//! From a connection that is about to be dialled to the handlers of its tenant, and back.

use std::fmt;
use std::net::SocketAddr;
use std::sync::Arc;

use evroute_event::{Cause, Port, Subject, UnknownEvent};
use evroute_module_api::TransportParts;
use evroute_transport::{DialAnswer, TlsDialing, TlsPeer};

use crate::events::{TlsConnectionOut, TlsConnectionOutVerdict};

/// Asks the handlers of `tls:connection-out`.
pub(crate) struct AskedDialing {
    server: Arc<TransportParts>,
    port: Port<TlsConnectionOut>,
}

impl fmt::Debug for AskedDialing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("AskedDialing")
    }
}

impl AskedDialing {
    /// Those of the tenants of this server.
    pub(crate) fn new(server: &Arc<TransportParts>) -> Result<Self, UnknownEvent> {
        Ok(Self {
            port: server.emitter.port()?,
            server: Arc::clone(server),
        })
    }
}

impl TlsDialing for AskedDialing {
    fn admit(&self, to: SocketAddr, peer: &TlsPeer) -> Option<DialAnswer> {
        let tenant = peer.tenant;
        // Handlers of a tenant that has not started are not ready to be asked.
        if !self.port.is_handled(tenant) || !(self.server.is_served)(tenant) {
            return None;
        }
        let event = TlsConnectionOut {
            subject: Subject::at((self.server.clock)()),
            name: peer.name.to_string(),
            address: to,
        };
        let port = self.port.clone();
        Some(Box::pin(async move {
            let (event, verdict) = port.emit(Cause::outside(tenant), event).await;
            match verdict {
                TlsConnectionOutVerdict::Continue => true,
                TlsConnectionOutVerdict::Drop => {
                    let TlsConnectionOut { name, address, .. } = event;
                    tracing::debug!(name, %address, "a handler lets no connection be made");
                    false
                }
            }
        }))
    }
}
