//! From the end of a connection to the handlers that are told of it: beside the connections, so
//! that none waits for a handler.

use std::fmt;
use std::sync::Arc;

use evroute_event::{Cause, Port, Subject, UnknownEvent};
use evroute_module_api::{ConnectionEnds, TransportParts, endpoints};
use evroute_tenant::TenantIndex;
use evroute_transport::EndedConnection;

use crate::{TcpClosed, TcpopsTenant};

/// Puts what ends into the queues of those who are told.
pub(crate) struct ClosedConnections {
    server: Arc<TransportParts>,
    port: Port<TcpClosed>,
}

impl fmt::Debug for ClosedConnections {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ClosedConnections")
    }
}

impl ClosedConnections {
    /// For the tenants of this server.
    pub(crate) fn new(server: &Arc<TransportParts>) -> Result<Self, UnknownEvent> {
        Ok(Self {
            port: server.emitter.port()?,
            server: Arc::clone(server),
        })
    }

    /// Puts one in. One that finds no room is counted and logged.
    fn report(&self, tenant: TenantIndex, closed: TcpClosed) {
        let tenants = &self.server.tenants;
        let kept = tenants.read(tenant, |state| state.share::<TcpopsTenant>());
        let Some(kept) = kept.flatten() else {
            return;
        };
        if let Some(times) = kept.closed.put(Cause::outside(tenant), closed) {
            tracing::warn!(
                tenant = kept.id.as_str(),
                times,
                "handlers are not told of connections that are gone, since too many of these \
                 events wait, or the tenant stops; handle tcp:closed faster, or raise \
                 events_queued_max in [tenant.quota]"
            );
        }
    }
}

impl ConnectionEnds for ClosedConnections {
    fn is_told(&self, tenant: TenantIndex) -> bool {
        self.port.is_handled(tenant)
    }

    fn ended(&self, ended: &EndedConnection) {
        let (source, received) = endpoints(&ended.flow);
        for tenant in &ended.tenants {
            // Who handled it may be gone since.
            if !self.is_told(*tenant) {
                continue;
            }
            let closed = TcpClosed {
                subject: Subject {
                    source,
                    received,
                    ..Subject::at((self.server.clock)())
                },
                cause: ended.cause,
                lasted_seconds: ended.lasted.as_secs(),
            };
            self.report(*tenant, closed);
        }
    }
}
