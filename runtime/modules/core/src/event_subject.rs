//! What the events of this module are about.

use std::sync::Arc;

use evroute_clock::now_us;
use evroute_event::{EditScope, Subject};
use evroute_module_api::endpoints;
use evroute_sip::Message;
use evroute_tenant::{TenantIndex, TlsHandshake};
use evroute_transport::Flow;

use crate::core::Core;

impl Core {
    /// What an event about this message is about.
    pub(crate) fn subject(
        &self,
        message: Message,
        flow: &Flow,
        tenant: TenantIndex,
        edits: EditScope,
    ) -> Subject {
        Subject {
            message: Some(message),
            edits,
            ..self.way(flow, tenant)
        }
    }

    /// What an event is about of which only the way is known that something came.
    pub(crate) fn way(&self, flow: &Flow, tenant: TenantIndex) -> Subject {
        let (source, received) = endpoints(flow);
        let tls = self.handshake(flow).map(|handshake| {
            let is_server_believed = self.is_server_believed(tenant);
            handshake.seen_by(tenant, is_server_believed)
        });
        Subject {
            source,
            received,
            tls,
            ..Subject::at(now_us())
        }
    }

    /// What the handshake has come to of the connection that something came over; none without TLS.
    pub(crate) fn handshake(&self, flow: &Flow) -> Option<Arc<TlsHandshake>> {
        self.layer.transport()?.handshake(flow)
    }
}
