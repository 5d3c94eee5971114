//! The first steps of a message: from octets to a transaction.

use std::sync::Arc;
use std::task::Poll;
use std::time::Instant;

use evroute_event::{Cause, EditScope, Subject};
use evroute_module_tm::{Arrival, Named, Newcomer, Reasons, ServerSide, now_us};
use evroute_proxy::{Refusal, mark_source};
use evroute_sip::{
    Framing, HeaderName, Message, Method, malformed_unread, reason_phrase, validate,
};
use evroute_tenant::TenantIndex;
use evroute_transport::{Flow, Inbound, Proto, Target};

use crate::arrived::Arrived;
use crate::core::{Core, endpoints};
use crate::events::{PreRouting, PreRoutingVerdict};
use crate::ignored::Ignored;
use crate::local_reply::{self, RETRY_AFTER_SECONDS};
use crate::unsettled::Unsettled;

impl Core {
    /// A message came in.
    pub(crate) fn receive(self: Arc<Self>, inbound: Inbound) {
        let flow = inbound.flow;
        let framing = match flow.proto {
            Proto::Udp => Framing::Datagram,
            Proto::Tcp | Proto::Tls | Proto::Ws | Proto::Wss => Framing::Stream,
        };
        let message = match Message::parse_within(inbound.bytes.clone(), framing, &self.limits) {
            Ok(message) => message,
            Err(refused) => return self.unparsed(inbound, &refused),
        };
        if let Err(refusal) = validate(&message) {
            return self.invalid(message, inbound, &refusal);
        }
        self.tell_malformed_unread(&message, &flow);
        let Some(tenant) = self.tenant_of(&message, &flow) else {
            return self.nobodys(message, flow);
        };
        // Handlers of a tenant that has not started are not ready to be asked.
        if self.is_left_out(tenant) || !self.ports.pre_routing.is_handled(tenant) {
            let arrived = Arrived::of(&self, &message, &flow, tenant);
            return self.pre_routed(message, arrived, flow, tenant);
        }
        let key = self.order_key(&message, &flow, tenant);
        let item = (Arc::clone(&self), message);
        let started = self.pre_routing.start(key, item, |(core, message)| {
            Box::pin(async move {
                let asked = core.pre_route(message, &flow, tenant).await;
                if let Some((message, arrived)) = asked {
                    core.pre_routed(message, arrived, flow, tenant);
                }
            })
        });
        if let Err((_, mut message)) = started {
            self.turn_away(&mut message, &flow, tenant);
        }
    }

    /// A field that is malformed and not ours to read goes on as it is (16.3 step 1); the log says
    /// so.
    fn tell_malformed_unread(&self, message: &Message, flow: &Flow) {
        // What a REGISTER says is read by the registrar, who answers for it.
        if message.method() == Method::Register {
            return;
        }
        let Some((header, error)) = malformed_unread(message) else {
            return;
        };
        if let Some(times) = self.told.malformed_unread.happened(Instant::now()) {
            let call_id = message.call_id();
            tracing::info!(call_id, source = %flow.remote, %header, %error, times,
                "a header field that is not ours to read is malformed; it is passed on as it is");
        }
    }

    /// A message of a dialog for which too many wait, before it had a transaction.
    fn turn_away(&self, message: &mut Message, flow: &Flow, tenant: TenantIndex) {
        let (tenant, call_id) = self.about(tenant, message);
        tracing::debug!(
            tenant,
            call_id,
            "too many messages of its dialog wait for a handler"
        );
        if message.is_request() && mark_source(message, flow.remote).is_ok() {
            self.answer_without_state(message, flow, 503, reason_phrase(503));
        }
    }

    /// A message whose handlers of `core:pre-routing` let it pass.
    fn pre_routed(
        self: Arc<Self>,
        message: Message,
        arrived: Option<Arrived>,
        flow: Flow,
        tenant: TenantIndex,
    ) {
        match arrived {
            Some(arrived) => self.request(message, arrived, flow, tenant),
            None => self.response(message, flow),
        }
    }

    /// `core:pre-routing`. Where a response goes is decided by its request.
    async fn pre_route(
        &self,
        message: Message,
        flow: &Flow,
        tenant: TenantIndex,
    ) -> Option<(Message, Option<Arrived>)> {
        let mut arrived = Arrived::of(self, &message, flow, tenant);
        let asked_uri = message.request_uri().map(str::to_owned);
        let edits = match arrived {
            Some(_) => EditScope::Routing,
            None => EditScope::Content,
        };
        let subject = subject(message, flow, edits);
        let Subject {
            message, next_hop, ..
        } = self.ask_pre_routing(subject, tenant).await?;
        let message = message?;
        if let Some(arrived) = &mut arrived {
            arrived.is_redirected =
                next_hop.is_some() || message.request_uri() != asked_uri.as_deref();
            arrived.next_hop = next_hop;
        }
        Some((message, arrived))
    }

    async fn ask_pre_routing(&self, subject: Subject, tenant: TenantIndex) -> Option<Subject> {
        let asked = self
            .ports
            .pre_routing
            .emit(Cause::outside(tenant), PreRouting { subject });
        match asked.await {
            (event, PreRoutingVerdict::Continue) => Some(event.subject),
            (_, PreRoutingVerdict::Drop) => None,
        }
    }

    /// Finds or makes the transaction of a request.
    fn request(
        self: Arc<Self>,
        mut request: Message,
        arrived: Arrived,
        flow: Flow,
        tenant: TenantIndex,
    ) {
        // Not before: a handler sees the message as it was sent.
        if mark_source(&mut request, flow.remote).is_err() && request.top_via().is_ok() {
            // Its top Via leaves no room for where it came from.
            return self.answer_without_state(&request, &flow, 513, reason_phrase(513));
        }
        let newcomer = Newcomer {
            request: request.clone(),
            flow,
            reply_to: reply_target(&request, &flow),
            tenant,
        };
        match self.layer.request(newcomer) {
            Ok(Arrival::New(side)) => self.route_in_order(&request, side, arrived),
            Ok(Arrival::Ack) if self.is_to_answer_of_ours(&request) => {}
            Ok(Arrival::Ack) => self.route_ack_in_order(request, arrived, flow, tenant),
            Ok(Arrival::Absorbed) => {}
            Ok(Arrival::Cancel(side, named)) => self.cancelled(&request, side, named),
            Err(full) => {
                if let Some(times) = self.refused.happened(Instant::now()) {
                    let tenant = self.name(tenant);
                    tracing::warn!(tenant, %full, times, "requests are refused");
                }
                self.answer_without_state(&request, &flow, 503, reason_phrase(503));
            }
        }
    }

    fn route_in_order(self: Arc<Self>, request: &Message, side: Arc<ServerSide>, arrived: Arrived) {
        let key = self.order_key(request, &side.flow, side.tenant);
        let (core, item) = (Arc::clone(&self), (Arc::clone(&side), arrived));
        let started = self.routing.start(key, item, |(side, arrived)| {
            Box::pin(async move { core.route(side, arrived).await })
        });
        match started {
            // The caller repeats until it hears something (17.2.1).
            Ok(Poll::Pending) => self.layer.trying(&side),
            Ok(Poll::Ready(())) => {}
            Err(_) => drop(Unsettled::new(self, side)),
        }
    }

    fn route_ack_in_order(
        self: Arc<Self>,
        ack: Message,
        arrived: Arrived,
        flow: Flow,
        tenant: TenantIndex,
    ) {
        let key = self.order_key(&ack, &flow, tenant);
        let (core, item) = (Arc::clone(&self), (ack, arrived));
        let started = self.routing.start(key, item, |(ack, arrived)| {
            Box::pin(async move {
                core.route_ack(ack.clone(), arrived, flow, tenant).await;
                // Not before it left: a server that stops waits for that.
                core.layer.settled(&ack);
            })
        });
        if let Err((ack, _)) = started {
            let (tenant, call_id) = self.about(tenant, &ack);
            tracing::debug!(
                tenant,
                call_id,
                "an ACK was dropped: too many wait before it"
            );
        }
    }

    /// A CANCEL waits for nobody's handler: its INVITE may be waiting for that.
    fn cancelled(self: Arc<Self>, cancel: &Message, side: Arc<ServerSide>, named: Named) {
        let (code, reason) = match &named {
            Named::Pending(_) | Named::Answered => (200, "OK"),
            Named::Nothing => (481, "Call/Transaction Does Not Exist"),
        };
        let answered = local_reply::send(&self, &side, code, reason, &[]);
        if let Named::Pending(invite) = named {
            match invite.cancelled(reasons(cancel)) {
                Some(calling_off) => self.layer.tasks().start(calling_off),
                // Still with its handlers, whose verdict comes too late.
                None => self.answer_cancelled(invite),
            }
        }
        if let Some(response) = answered {
            let core = Arc::clone(&self);
            let told = async move { core.origin.responded(&side, response).await };
            self.layer.tasks().start(Box::pin(told));
        }
    }

    /// 487 for an INVITE that was cancelled before it was sent on (9.2).
    fn answer_cancelled(self: &Arc<Self>, invite: Arc<ServerSide>) {
        let core = Arc::clone(self);
        let answered = async move {
            local_reply::respond(&core, &invite, 487, reason_phrase(487), &[]).await;
        };
        self.layer.tasks().start(Box::pin(answered));
    }

    /// Whether an ACK without a transaction is to a refusal that we gave without state: nobody else has to see it.
    fn is_to_answer_of_ours(&self, ack: &Message) -> bool {
        ack.to()
            .is_ok_and(|to| to.tag() == Some(&self.origin.branches().tag(ack)))
    }

    fn response(self: Arc<Self>, response: Message, flow: Flow) {
        // 18.1.2: what answers a request that somebody else sent.
        if !response
            .top_via()
            .is_ok_and(|via| self.own.names().is_own_via(&via))
        {
            let call_id = response.call_id();
            let why = "its top Via is not ours";
            return self.ignore(Ignored::NotOurs, flow.remote, call_id, &why);
        }
        let Some(side) = self.layer.response(&response) else {
            return;
        };
        let key = self.order_key(&response, &flow, side.tenant);
        let item = (side, response);
        let started = self.routing.start(key, item, |(side, response)| {
            Arc::clone(&side.user).response(side, response, flow)
        });
        if let Err((side, response)) = started {
            let (tenant, call_id) = self.about(side.tenant, &response);
            let status = response.status().unwrap_or_default();
            tracing::debug!(
                tenant,
                call_id,
                status,
                "a response was dropped: too many wait before it"
            );
            // A success is repeated by whoever sent it (13.3.1.4); for another final response somebody waits.
            let is_repeated = response.method() == Method::Invite && status < 300;
            if status >= 200 && !is_repeated {
                let failed = Arc::clone(&side.user).answer_lost(side);
                self.layer.tasks().start(failed);
            }
        }
    }

    /// What reads as a message but names no tenant. A response may: the request that it answers belongs to one. But we do
    /// not forward for strangers.
    fn nobodys(self: Arc<Self>, mut message: Message, flow: Flow) {
        if !message.is_request() {
            return self.response(message, flow);
        }
        let call_id = message.call_id();
        tracing::debug!(call_id, source = %flow.remote, "no tenant for a request");
        if mark_source(&mut message, flow.remote).is_ok() {
            let (code, reason) = Refusal::RelayForbidden.status();
            self.answer_without_state(&message, &flow, code, reason);
        }
    }

    /// Answers without remembering the request. Whoever is told 503 is told when to come back.
    pub(crate) fn answer_without_state(
        &self,
        request: &Message,
        flow: &Flow,
        code: u16,
        reason: &str,
    ) {
        // 17.1.1.3: an ACK is never answered.
        if request.method() == Method::Ack {
            return;
        }
        let tag = self.origin.branches().tag(request);
        let made = Message::response_to(request, code, reason, Some(&tag));
        let mut response = match made {
            Ok(response) => response,
            Err(error) => {
                let call_id = request.call_id();
                tracing::warn!(call_id, %error, code, "no answer could be made");
                return;
            }
        };
        if code == 503 {
            // An answer that has no room for it is an answer all the same.
            let _ = response.append_header(HeaderName::RetryAfter, RETRY_AFTER_SECONDS);
        }
        self.send_back(&response, flow);
    }

    pub(crate) fn send_back(&self, response: &Message, flow: &Flow) {
        let target = reply_target(response, flow);
        if let Some(transport) = self.layer.transport() {
            let sent = transport.send(response.print(), &target);
            if let Err(error) = sent {
                let call_id = response.call_id();
                tracing::debug!(call_id, %error, "an answer was not sent");
            }
        }
    }
}

/// Where the responses to a request go: back on its connection, and when that is gone, or for datagrams, to the address it
/// came from at the port that its sent-by or `rport` says (18.2.2, RFC 3581 4). Never to another address: `maddr` and a made-up
/// sent-by would aim our responses at others.
fn reply_target(request: &Message, flow: &Flow) -> Target {
    let mut target = flow.back();
    let Ok(via) = request.top_via() else {
        return target;
    };
    if flow.proto.is_reliable() || via.params().get("rport").is_none() {
        target
            .remote
            .set_port(via.port().unwrap_or(flow.proto.default_port()));
    }
    target
}

/// Why a caller gives up: what its CANCEL says goes on to those that ring (RFC 3326; Kamailio's `e2e_cancel_reason`).
fn reasons(cancel: &Message) -> Reasons {
    let one_line = |value: &[u8]| -> Vec<u8> {
        let is_line_end = |byte: &u8| matches!(byte, b'\r' | b'\n');
        value
            .iter()
            .filter(|byte| !is_line_end(byte))
            .copied()
            .collect()
    };
    cancel.headers(HeaderName::Reason).map(one_line).collect()
}

/// What an event about this message is about.
pub(crate) fn subject(message: Message, flow: &Flow, edits: EditScope) -> Subject {
    let (source, received) = endpoints(flow);
    Subject {
        message: Some(message),
        edits,
        source,
        received,
        ..Subject::at(now_us())
    }
}
