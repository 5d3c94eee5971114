//! The first steps of a message: from octets to a transaction.

use std::sync::{Arc, OnceLock};

use evroute_event::{Cause, EditScope, Subject};
use evroute_module_tm::{Arrival, Newcomer, Tasks, now_us};
use evroute_proxy::{complete_via, reply_target};
use evroute_sip::{Answer, Framing, Message, ParseError, validate};
use evroute_tenant::TenantIndex;
use evroute_transport::{Flow, FrameError, Inbound, Proto, Receiver};

use crate::core::{Core, endpoints};
use crate::events::{PreRouting, PreRoutingVerdict, ReceiveParseError};
use crate::local_reply;

/// What the transport hands messages to. Messages that come before [`Entrance::open`] are dropped: their senders repeat
/// them.
#[derive(Debug)]
pub struct Entrance {
    core: OnceLock<Arc<Core>>,
    tasks: Tasks,
}

impl Entrance {
    /// A closed entrance.
    #[must_use]
    pub fn new(tasks: Tasks) -> Arc<Self> {
        Arc::new(Self { core: OnceLock::new(), tasks })
    }

    /// Lets messages in, from now on.
    pub fn open(&self, core: Arc<Core>) {
        let _ = self.core.set(core);
    }
}

impl Receiver for Entrance {
    fn receive(&self, inbound: Inbound) {
        let Some(core) = self.core.get() else { return };
        self.tasks.start(Box::pin(Arc::clone(core).receive(inbound)));
    }

    fn unframed(&self, inbound: Inbound, error: FrameError) {
        let Some(core) = self.core.get() else { return };
        // The connection closes after this call, so the answer must be sent within it.
        if let Err(refused) = Message::parse(inbound.bytes.clone(), Framing::Stream) {
            core.answer_unparsed(&refused, &inbound.flow);
        }
        let reason = error.to_string();
        self.tasks.start(Box::pin(Arc::clone(core).tell_unparsed(inbound, reason, None)));
    }
}

impl Core {
    /// A message came in.
    async fn receive(self: Arc<Self>, inbound: Inbound) {
        let flow = inbound.flow;
        let framing = match flow.proto {
            Proto::Udp => Framing::Datagram,
            Proto::Tcp | Proto::Tls | Proto::Ws | Proto::Wss => Framing::Stream,
        };
        let mut message = match Message::parse(inbound.bytes.clone(), framing) {
            Ok(message) => message,
            Err(refused) => return self.unparsed(inbound, refused).await,
        };
        if let Err(refusal) = validate(&message) {
            if let Answer::Reply { code, reason } = refusal.answer() {
                self.answer_without_state(&message, &flow, code, reason);
            }
            let tenant = self.tenant_of(&message, &flow);
            return self.tell_unparsed(inbound, refusal.to_string(), tenant).await;
        }
        if message.is_request() && complete_via(&mut message, flow.remote).is_err() {
            return;
        }
        let Some(tenant) = self.tenant_of(&message, &flow) else {
            return self.nobodys(&message, &flow);
        };
        let Some(message) = self.pre_route(message, &flow, tenant).await else { return };
        if message.is_request() {
            self.request(message, flow, tenant).await;
        } else {
            self.response(message, flow).await;
        }
    }

    /// `core:pre-routing`.
    async fn pre_route(
        &self,
        message: Message,
        flow: &Flow,
        tenant: TenantIndex,
    ) -> Option<Message> {
        let port = &self.ports.pre_routing;
        if !port.is_handled(tenant) {
            return Some(message);
        }
        let edits = if message.is_request() { EditScope::Routing } else { EditScope::Content };
        let subject = subject(message, flow, edits);
        match port.emit(Cause::outside(tenant), PreRouting { subject }).await {
            (event, PreRoutingVerdict::Continue) => event.subject.message,
            (_, PreRoutingVerdict::Drop) => None,
        }
    }

    async fn request(self: Arc<Self>, request: Message, flow: Flow, tenant: TenantIndex) {
        let reply_to = reply_target(&request, &flow);
        let newcomer = Newcomer { request: request.clone(), flow, reply_to, tenant };
        match self.layer.request(newcomer) {
            Ok(Arrival::New(side)) => self.route(side).await,
            Ok(Arrival::Ack) => self.route_ack(request, flow, tenant).await,
            Ok(Arrival::Absorbed) => {}
            Ok(Arrival::Cancel(side, invite)) => {
                let (code, reason) = match &invite {
                    Some(_) => (200, "OK"),
                    None => (481, "Call/Transaction Does Not Exist"),
                };
                local_reply::respond(&self, &side, code, reason, &[]).await;
                if let Some(cancelled) = invite.and_then(|invite| invite.cancelled()) {
                    cancelled.await;
                }
            }
            Err(full) => {
                tracing::warn!(%full, "a request was refused");
                self.answer_without_state(&request, &flow, 503, "Service Unavailable");
            }
        }
    }

    async fn response(&self, response: Message, flow: Flow) {
        let Some(side) = self.layer.response(&response) else { return };
        let user = Arc::clone(&side.user);
        user.response(side, response, flow).await;
    }

    /// What reads as a message but belongs to no tenant: we do not forward for strangers.
    fn nobodys(&self, message: &Message, flow: &Flow) {
        tracing::debug!(source = %flow.remote, "no tenant for a message");
        if message.is_request() && message.method().as_str() != "ACK" {
            self.answer_without_state(message, flow, 403, "Relaying Denied");
        }
    }

    /// What does not read as a message.
    async fn unparsed(self: Arc<Self>, inbound: Inbound, refused: ParseError) {
        if refused.kind == evroute_sip::ParseErrorKind::Empty {
            return;
        }
        self.answer_unparsed(&refused, &inbound.flow);
        self.tell_unparsed(inbound, refused.to_string(), None).await;
    }

    fn answer_unparsed(&self, refused: &ParseError, flow: &Flow) {
        if let Some(response) = refused.to_response() {
            self.send_back(&response, flow);
        }
    }

    /// `core:receive-parse-error`.
    async fn tell_unparsed(
        self: Arc<Self>,
        inbound: Inbound,
        reason: String,
        tenant: Option<TenantIndex>,
    ) {
        let flow = &inbound.flow;
        tracing::debug!(source = %flow.remote, %reason, "not a SIP message");
        let clues = evroute_tenant::Clues {
            listener: Some(flow.local),
            source: Some(flow.remote.ip()),
            ..evroute_tenant::Clues::default()
        };
        // What cannot be read names no domain: the listener's or source's tenant hears of it, else the first one.
        let tenant = tenant.or_else(|| self.resolver.resolve(&clues));
        let tenant = tenant.unwrap_or(TenantIndex::new(0));
        if !self.ports.parse_error.is_handled(tenant) {
            return;
        }
        let (source, received) = endpoints(flow);
        let subject = Subject { source, received, ..Subject::at(now_us()) };
        let event = ReceiveParseError { subject, reason, raw: inbound.bytes };
        self.ports.parse_error.emit(Cause::outside(tenant), event).await;
    }

    /// Answers without remembering the request.
    pub(crate) fn answer_without_state(
        &self,
        request: &Message,
        flow: &Flow,
        code: u16,
        reason: &str,
    ) {
        let tag = local_reply::tag(self);
        if let Ok(response) = Message::response_to(request, code, reason, Some(&tag)) {
            self.send_back(&response, flow);
        }
    }

    fn send_back(&self, response: &Message, flow: &Flow) {
        let target = reply_target(response, flow);
        if let Some(transport) = self.layer.transport() {
            let sent = transport.send(response.print(), &target);
            let _ = sent.inspect_err(|error| tracing::debug!(%error, "an answer was not sent"));
        }
    }
}

/// What an event about this message is about.
pub(crate) fn subject(message: Message, flow: &Flow, edits: EditScope) -> Subject {
    let (source, received) = endpoints(flow);
    Subject { message: Some(message), edits, source, received, ..Subject::at(now_us()) }
}
