//! The first steps of a message: from octets to a transaction.

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Instant;

use evroute_event::{Cause, EditScope, Subject};
use evroute_module_tm::{Arrival, Named, Newcomer, Reasons, now_us};
use evroute_proxy::{Refusal, mark_source};
use evroute_sip::{
    Answer, Framing, HeaderName, Message, Method, ParseError, ParseErrorKind, malformed_unread,
    reason_phrase, validate,
};
use evroute_tenant::TenantIndex;
use evroute_transaction::End;
use evroute_transport::{Flow, Inbound, Proto, Target};

use crate::arrived::{Arrived, Seen};
use crate::core::{Core, endpoints};
use crate::events::{PreRouting, PreRoutingVerdict, ReceiveParseError};
use crate::ignored::Ignored;
use crate::local_reply::{self, RETRY_AFTER_SECONDS};

impl Core {
    /// A message came in.
    pub(crate) async fn receive(self: Arc<Self>, inbound: Inbound) {
        let flow = inbound.flow;
        let framing = match flow.proto {
            Proto::Udp => Framing::Datagram,
            Proto::Tcp | Proto::Tls | Proto::Ws | Proto::Wss => Framing::Stream,
        };
        let mut message = match Message::parse(inbound.bytes.clone(), framing) {
            Ok(message) => message,
            Err(refused) => return self.unparsed(inbound, refused).await,
        };
        // Refusals find their way back as other answers do, so the source is noted first.
        let is_marked = !message.is_request() || mark_source(&mut message, flow.remote).is_ok();
        if let Err(refusal) = validate(&message) {
            match refusal.answer() {
                Answer::Reply { code, reason } => {
                    self.answer_without_state(&message, &flow, code, reason);
                }
                Answer::Drop => {
                    let call_id = message.call_id();
                    self.ignore(Ignored::Malformed, flow.remote, call_id, &refusal);
                }
            }
            let tenant = self.tenant_of(&message, &flow);
            return self
                .tell_unparsed(inbound, refusal.to_string(), tenant)
                .await;
        }
        if !is_marked {
            // Its top Via leaves no room for where it came from.
            return self.answer_without_state(&message, &flow, 513, reason_phrase(513));
        }
        self.tell_malformed_unread(&message, &flow);
        let Some(tenant) = self.tenant_of(&message, &flow) else {
            return self.nobodys(message, flow).await;
        };
        if message.is_request() {
            let seen = Seen::of(self.origin.branches(), &message, &flow, tenant);
            if let Some((request, arrived)) = self.pre_route(message, seen, &flow, tenant).await {
                self.request(request, arrived, flow, tenant).await;
            }
        } else if let Some(response) = self.pre_route_response(message, &flow, tenant).await {
            self.response(response, flow).await;
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

    /// `core:pre-routing` for a request.
    async fn pre_route(
        &self,
        request: Message,
        seen: Seen,
        flow: &Flow,
        tenant: TenantIndex,
    ) -> Option<(Message, Arrived)> {
        let mut arrived = Arrived::new(seen);
        if !self.ports.pre_routing.is_handled(tenant) {
            return Some((request, arrived));
        }
        let asked_uri = request.request_uri().map(str::to_owned);
        let subject = subject(request, flow, EditScope::Routing);
        let Subject {
            message, next_hop, ..
        } = self.ask_pre_routing(subject, tenant).await?;
        let request = message?;
        arrived.is_redirected = next_hop.is_some() || request.request_uri() != asked_uri.as_deref();
        arrived.next_hop = next_hop;
        Some((request, arrived))
    }

    /// `core:pre-routing` for a response. Where it goes is decided by its request.
    async fn pre_route_response(
        &self,
        response: Message,
        flow: &Flow,
        tenant: TenantIndex,
    ) -> Option<Message> {
        if !self.ports.pre_routing.is_handled(tenant) {
            return Some(response);
        }
        let subject = subject(response, flow, EditScope::Content);
        self.ask_pre_routing(subject, tenant).await?.message
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

    async fn request(
        self: Arc<Self>,
        request: Message,
        arrived: Arrived,
        flow: Flow,
        tenant: TenantIndex,
    ) {
        let reply_to = reply_target(&request, &flow);
        let newcomer = Newcomer {
            request: request.clone(),
            flow,
            reply_to,
            tenant,
        };
        match self.layer.request(newcomer) {
            Ok(Arrival::New(side)) => self.route(side, arrived).await,
            Ok(Arrival::Ack) if self.is_to_answer_of_ours(&request) => {}
            Ok(Arrival::Ack) => {
                let ack = request.clone();
                self.route_ack(request, arrived, flow, tenant).await;
                // Not before it left: a server that stops waits for that.
                self.layer.settled(&ack);
            }
            Ok(Arrival::Absorbed) => {}
            Ok(Arrival::Cancel(side, named)) => {
                let (code, reason) = match &named {
                    Named::Pending(_) | Named::Answered => (200, "OK"),
                    Named::Nothing => (481, "Call/Transaction Does Not Exist"),
                };
                local_reply::respond(&self, &side, code, reason, &[]).await;
                if let Named::Pending(invite) = named
                    && let Some(cancelled) = invite.cancelled(reasons(&request))
                {
                    cancelled.await;
                }
            }
            Err(full) => {
                if let Some(times) = self.refused.happened(Instant::now()) {
                    let tenant = self.name(tenant);
                    tracing::warn!(tenant, %full, times, "requests are refused");
                }
                self.answer_without_state(&request, &flow, 503, reason_phrase(503));
            }
        }
    }

    /// Whether an ACK without a transaction is to a refusal that we gave without state: nobody else has to see it.
    fn is_to_answer_of_ours(&self, ack: &Message) -> bool {
        ack.to()
            .is_ok_and(|to| to.tag() == Some(&self.origin.branches().tag(ack)))
    }

    async fn response(&self, response: Message, flow: Flow) {
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
        let user = Arc::clone(&side.user);
        user.response(side, response, flow).await;
    }

    /// What reads as a message but names no tenant. A response may: the request that it answers belongs to one. But we do
    /// not forward for strangers.
    async fn nobodys(&self, message: Message, flow: Flow) {
        if !message.is_request() {
            return self.response(message, flow).await;
        }
        let call_id = message.call_id();
        tracing::debug!(call_id, source = %flow.remote, "no tenant for a request");
        let (code, reason) = Refusal::RelayForbidden.status();
        self.answer_without_state(&message, &flow, code, reason);
    }

    /// What does not read as a message.
    async fn unparsed(self: Arc<Self>, inbound: Inbound, refused: ParseError) {
        if refused.kind == ParseErrorKind::Empty {
            return;
        }
        if refused.kind == ParseErrorKind::MessageTooLong {
            Arc::clone(&self).response_too_large(&inbound).await;
        }
        if refused.answer() == Answer::Drop {
            self.ignore(Ignored::Unreadable, inbound.flow.remote, None, &refused);
        }
        self.answer_unparsed(&refused, &inbound.flow);
        self.tell_unparsed(inbound, refused.to_string(), None).await;
    }

    /// A response that is too large to be passed on: its request has failed, and its caller hears
    /// so.
    pub(crate) async fn response_too_large(self: Arc<Self>, inbound: &Inbound) {
        let Ok(head) = Message::parse_without_body(&inbound.bytes) else {
            return;
        };
        let is_final = head.status().is_some_and(|status| status >= 200);
        let is_ours = head
            .top_via()
            .is_ok_and(|via| self.own.names().is_own_via(&via));
        if !(is_final && is_ours) {
            return;
        }
        if let Some(side) = self.layer.response(&head) {
            let (remote, call_id) = (inbound.flow.remote, head.call_id());
            self.ignore(
                Ignored::ResponseTooLarge,
                remote,
                call_id,
                &"more than a message may have",
            );
            let user = Arc::clone(&side.user);
            user.failed(side, End::TransportError).await;
        }
    }

    pub(crate) fn answer_unparsed(&self, refused: &ParseError, flow: &Flow) {
        let Some(mut response) = refused.to_response() else {
            return;
        };
        // What was salvaged is all there is: where it cannot be completed it goes out as it is.
        let _ = mark_source(&mut response, flow.remote);
        let tag = self.origin.branches().tag(&response);
        let _ = response.ensure_to_tag(&tag);
        self.send_back(&response, flow);
    }

    /// `core:receive-parse-error`.
    pub(crate) async fn tell_unparsed(
        self: Arc<Self>,
        inbound: Inbound,
        reason: String,
        tenant: Option<TenantIndex>,
    ) {
        let flow = &inbound.flow;
        self.unreadable.fetch_add(1, Ordering::Relaxed);
        if let Some(times) = self.told.unreadable.happened(Instant::now()) {
            tracing::info!(source = %flow.remote, %reason, times, "not a SIP message");
        }
        let clues = evroute_tenant::Clues {
            listener: Some(self.own.listener(flow.proto, flow.local)),
            source: Some(flow.remote.ip()),
            ..evroute_tenant::Clues::default()
        };
        // What cannot be read names no domain: the listener's or source's tenant hears of it, or the only one there is.
        // Nobody else: the octets may be another tenant's message.
        let tenant = tenant.or_else(|| self.resolver.resolve(&clues));
        let only = (self.tenants.len() == 1).then_some(TenantIndex::new(0));
        let Some(tenant) = tenant
            .or(only)
            .filter(|tenant| self.ports.parse_error.is_handled(*tenant))
        else {
            return;
        };
        let (source, received) = endpoints(flow);
        let subject = Subject {
            source,
            received,
            ..Subject::at(now_us())
        };
        let event = ReceiveParseError {
            subject,
            reason,
            raw: inbound.bytes,
        };
        self.ports
            .parse_error
            .emit(Cause::outside(tenant), event)
            .await;
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

    fn send_back(&self, response: &Message, flow: &Flow) {
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
