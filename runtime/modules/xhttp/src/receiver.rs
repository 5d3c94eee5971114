//! From a request of HTTP to the handlers of its tenant, and back.

use std::fmt;
use std::sync::Arc;

use evroute_event::{Cause, Port, Subject, UnknownEvent};
use evroute_http::{HttpRefusal, HttpReply, HttpRequest};
use evroute_module_api::{TransportParts, endpoints};
use evroute_tenant::{MatchKeys, TenantIndex};
use evroute_transport::{
    ConnectionEnd, Flow, HttpAdmission, HttpAnswer, HttpAnswering, HttpExchange, HttpReceiver,
};
use tokio::time::timeout;

use crate::closed_reports::OpenWebSocket;
use crate::xhttp_tenant::XhttpLimit;
use crate::{XhttpRequest, XhttpTenant, XhttpVerdict};

/// What the transport asks about requests of HTTP.
pub struct XhttpReceiver {
    server: Arc<TransportParts>,
    port: Port<XhttpRequest>,
}

impl fmt::Debug for XhttpReceiver {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("XhttpReceiver")
    }
}

impl XhttpReceiver {
    /// For the tenants of this server.
    ///
    /// # Errors
    /// [`UnknownEvent`] when the module's event is not in the server's list.
    pub fn new(server: &Arc<TransportParts>) -> Result<Self, UnknownEvent> {
        Ok(Self {
            port: server.emitter.port()?,
            server: Arc::clone(server),
        })
    }

    /// Whose a request is: as a message of SIP's, by the socket that it came to, by who sent it,
    /// and then by the host that it asks for. The only tenant there is has those for other hosts,
    /// too.
    fn tenant_of(&self, head: &HttpRequest, flow: &Flow) -> Option<TenantIndex> {
        let directory = &self.server.directory;
        let handshake = (self.server.handshake)(flow);
        let found = directory.resolve(&MatchKeys {
            listener: Some((self.server.listener)(flow)),
            source: Some(flow.remote.ip()),
            peer: handshake.as_deref().and_then(|tls| tls.peer.as_ref()),
            request_host: head.host(),
            ..MatchKeys::default()
        });
        found.or_else(|| directory.only())
    }

    fn answering(&self, tenant: TenantIndex, kept: Arc<XhttpTenant>, flow: &Flow) -> HttpAnswering {
        let (port, time_us) = (self.port.clone(), (self.server.clock)());
        let (source, received) = endpoints(flow);
        let subject = Subject {
            source,
            received,
            ..Subject::at(time_us)
        };
        Box::new(move |request| {
            let subject = Subject {
                http: Some(request),
                ..subject
            };
            Box::pin(async move {
                let emitted = port.emit(Cause::outside(tenant), XhttpRequest { subject });
                match timeout(kept.config.answer_within, emitted).await {
                    Ok((_, verdict)) => answer(verdict, &kept),
                    Err(_) => {
                        kept.met(XhttpLimit::AnswerSeconds);
                        HttpAnswer::Reply(HttpReply::of(504))
                    }
                }
            })
        })
    }
}

/// What goes out.
fn answer(verdict: XhttpVerdict, kept: &XhttpTenant) -> HttpAnswer {
    let is_too_long = |reply: &HttpReply| reply.bytes() > kept.config.answer_bytes_max;
    if verdict.reply().is_some_and(is_too_long) {
        kept.met(XhttpLimit::AnswerBytes);
        return HttpAnswer::Reply(HttpReply::of(500));
    }
    match verdict {
        XhttpVerdict::Pass => HttpAnswer::AsEver,
        XhttpVerdict::Reply(reply) => HttpAnswer::Reply(reply),
        XhttpVerdict::ReplyAndClose(reply) => HttpAnswer::ReplyAndClose(reply),
        XhttpVerdict::Upgrade => HttpAnswer::Upgrade,
        XhttpVerdict::Drop => HttpAnswer::Close,
    }
}

impl HttpReceiver for XhttpReceiver {
    fn admit(&self, head: &HttpRequest, flow: &Flow) -> HttpAdmission {
        let Some(tenant) = self.tenant_of(head, flow) else {
            return HttpAdmission::Nobody;
        };
        // Which handlers there are is not known before. A handshake needs none: what comes by the
        // WebSocket is answered 503 meanwhile.
        let is_served = (self.server.is_served)(tenant);
        if !is_served && !head.has_token("Upgrade", "websocket") {
            return HttpAdmission::Refused(HttpRefusal::UNAVAILABLE);
        }
        if !is_served || !self.port.is_handled(tenant) {
            return HttpAdmission::Nobody;
        }
        let tenants = &self.server.tenants;
        let kept = tenants.read(tenant, |state| state.share::<XhttpTenant>());
        let Some(kept) = kept.flatten() else {
            return HttpAdmission::Nobody;
        };
        match kept.admit(head, flow.remote.ip()) {
            Ok(place) => HttpAdmission::Admitted(HttpExchange {
                body_bytes_max: kept.config.body_bytes_max,
                answer: self.answering(tenant, kept, flow),
                place: Box::new(place),
            }),
            Err(refusal) => HttpAdmission::Refused(refusal),
        }
    }

    fn upgraded(&self, request: &HttpRequest, flow: &Flow) -> Option<Box<dyn ConnectionEnd>> {
        let tenant = self.tenant_of(request, flow)?;
        let open = OpenWebSocket::new(&self.server, tenant, request, flow);
        Some(Box::new(open))
    }
}

#[cfg(test)]
mod tests;
