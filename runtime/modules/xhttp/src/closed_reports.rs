//! From the end of a WebSocket to the handlers that are told of it: beside the connections, so that
//! none waits for a handler.

use std::sync::Arc;

use evroute_event::{Cause, Endpoint, Subject};
use evroute_http::HttpRequest;
use evroute_module_api::TransportParts;
use evroute_tenant::TenantIndex;
use evroute_transport::{ConnectionEnd, Flow};

use crate::{WebSocketClosed, XhttpTenant};

/// Puts one in. One that finds no room is counted and logged.
fn report(kept: &XhttpTenant, cause: Cause, closed: WebSocketClosed) {
    if let Some(times) = kept.closed.put(cause, closed) {
        tracing::warn!(
            tenant = kept.id.as_str(),
            times,
            "handlers are not told of WebSockets that were closed, since too many of these \
             events wait, or the tenant stops; handle websocket:closed faster, or raise \
             events_queued_max in [tenant.quota]"
        );
    }
}

/// What will be told of a WebSocket that is open.
pub(crate) struct OpenWebSocket {
    server: Arc<TransportParts>,
    tenant: TenantIndex,
    closed: WebSocketClosed,
}

impl OpenWebSocket {
    /// It was let in now.
    pub(crate) fn new(
        server: &Arc<TransportParts>,
        tenant: TenantIndex,
        request: &HttpRequest,
        flow: &Flow,
    ) -> Self {
        let end = |address| {
            let proto = flow.proto.as_param();
            Some(Endpoint { proto, address })
        };
        let opened_us = (server.clock)();
        let closed = WebSocketClosed {
            subject: Subject {
                source: end(flow.remote),
                received: end(flow.local),
                ..Subject::at(opened_us)
            },
            target: request.target.clone(),
            origin: request.text("Origin").map(str::to_owned),
            opened_at: opened_us / 1_000_000,
        };
        Self {
            server: Arc::clone(server),
            tenant,
            closed,
        }
    }
}

impl ConnectionEnd for OpenWebSocket {
    fn ended(self: Box<Self>) {
        let Self {
            server,
            tenant,
            mut closed,
        } = *self;
        let tenants = &server.tenants;
        let kept = tenants.read(tenant, |state| state.share::<XhttpTenant>());
        let Some(kept) = kept.flatten().filter(|kept| kept.tells_of_closed()) else {
            return;
        };
        closed.subject.time_us = (server.clock)();
        report(&kept, Cause::outside(tenant), closed);
    }
}
