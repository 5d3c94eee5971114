//! Which tenants are told of the end of which connections.

use std::sync::Arc;

use evroute_module_api::ConnectionEnds;
use evroute_sip::Message;
use evroute_tenant::TenantIndex;
use evroute_transport::{EndedConnection, Flow};

use crate::core::Core;

impl Core {
    /// Says who tells tenants of connections that are gone, once; before messages are let in.
    pub fn tell_ends_by(&self, ends: Arc<dyn ConnectionEnds>) {
        let _ = self.ends.set(ends);
    }

    /// A request of a tenant came over a connection, whose end it may want to know.
    pub(crate) fn note_connection(&self, message: &Message, flow: &Flow, tenant: TenantIndex) {
        let (Some(connection), Some(ends)) = (flow.connection, self.ends.get()) else {
            return;
        };
        if message.is_request()
            && ends.is_told(tenant)
            && let Some(transport) = self.layer.transport()
        {
            // One that is told already stays so; more than may be are not told.
            transport.tell_end(connection, tenant);
        }
    }

    /// A connection is gone that somebody wanted to know the end of.
    pub(crate) fn connection_ended(&self, ended: &EndedConnection) {
        if let Some(ends) = self.ends.get() {
            ends.ended(ended);
        }
    }
}
