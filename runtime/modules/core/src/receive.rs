//! The first steps of a message: from bytes to a transaction.

use std::sync::Arc;
use std::task::Poll;
use std::time::Instant;

use evroute_event::{Cause, EditScope, PinnedHandlers, Subject};
use evroute_proxy::{Refusal, add_received_and_rport};
use evroute_sip::{Framing, HeaderName, Message, Method, reason_phrase, validate};
use evroute_tenant::TenantIndex;
use evroute_transaction_layer::{
    CancelledInvite, NewTransaction, Reasons, RequestMatch, ServerTransaction,
};
use evroute_transport::{Flow, Inbound, Proto, Target};

use crate::core::Core;
use crate::events::{PreRouting, PreRoutingVerdict};
use crate::ignored::Ignored;
use crate::local_reply::{self, RETRY_AFTER_SECONDS};
use crate::response_guard::ResponseGuard;
use crate::routing_context::RoutingContext;

impl Core {
    /// A message came in.
    pub(crate) fn receive(self: Arc<Self>, inbound: Inbound) {
        let flow = inbound.flow;
        let framing = match flow.proto {
            // A message of WebSocket is one of SIP, and its length is known (RFC 7118 5).
            Proto::Udp | Proto::Ws | Proto::Wss => Framing::Datagram,
            Proto::Tcp | Proto::Tls => Framing::Stream,
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
            return self.reply_unknown_tenant(message, flow);
        };
        if !self.admits_source(&message, &flow, tenant) {
            return;
        }
        self.note_connection(&message, &flow, tenant);
        let port = &self.ports.pre_routing;
        let handlers = port.pin(tenant);
        // Handlers of a tenant that has not started are not ready to be asked.
        if self.is_disabled(tenant) || !port.is_handled_by(&handlers, tenant) {
            let context = RoutingContext::of(&self, &message, &flow, tenant, handlers);
            return self.pre_routed(message, context, flow, tenant);
        }
        let key = self.order_key(&message, &flow, tenant);
        let item = (Arc::clone(&self), message);
        let started = self.pre_routing.start(key, item, |(core, message)| {
            Box::pin(async move {
                let asked = core.pre_route(message, &flow, tenant).await;
                if let Some((message, context)) = asked {
                    core.pre_routed(message, context, flow, tenant);
                }
            })
        });
        if let Err((_, mut message)) = started {
            self.turn_away(&mut message, &flow, tenant);
        }
    }

    /// Whether a message is not a request from a source that sends the tenant too much. Those are
    /// not answered: that would help whoever forges their source.
    fn admits_source(&self, message: &Message, flow: &Flow, tenant: TenantIndex) -> bool {
        let pike = message.is_request().then(|| self.pike(tenant)).flatten();
        pike.is_none_or(|pike| pike.admits_source(flow, message.call_id(), Instant::now()))
    }

    /// A message of a dialog for which too many wait, before it had a transaction.
    fn turn_away(&self, message: &mut Message, flow: &Flow, tenant: TenantIndex) {
        let (tenant, call_id) = self.about(tenant, message);
        tracing::debug!(
            tenant,
            call_id,
            "too many messages of its dialog wait for a handler"
        );
        if message.is_request() && add_received_and_rport(message, flow.remote).is_ok() {
            self.answer_without_state(message, flow, 503, reason_phrase(503));
        }
    }

    /// A message whose handlers of `core:pre-routing` let it pass.
    fn pre_routed(
        self: Arc<Self>,
        message: Message,
        context: Option<RoutingContext>,
        flow: Flow,
        tenant: TenantIndex,
    ) {
        match context {
            Some(context) => self.request(message, context, flow, tenant),
            None => self.response(message, flow),
        }
    }

    /// `core:pre-routing`. Where a response goes is decided by its request.
    async fn pre_route(
        &self,
        message: Message,
        flow: &Flow,
        tenant: TenantIndex,
    ) -> Option<(Message, Option<RoutingContext>)> {
        // Those in force when its turn comes: it may have waited for others of its dialog.
        let handlers = self.ports.pre_routing.pin(tenant);
        let mut context = RoutingContext::of(self, &message, flow, tenant, handlers.clone());
        let asked_uri = message.request_uri().map(str::to_owned);
        let edits = match context {
            Some(_) => EditScope::Routing,
            None => EditScope::Content,
        };
        let subject = self.subject(message, flow, tenant, edits);
        let Subject {
            message, next_hop, ..
        } = self.ask_pre_routing(subject, &handlers, tenant).await?;
        let message = message?;
        if let Some(context) = &mut context {
            context.is_redirected =
                next_hop.is_some() || message.request_uri() != asked_uri.as_deref();
            context.next_hop = next_hop;
        }
        Some((message, context))
    }

    async fn ask_pre_routing(
        &self,
        subject: Subject,
        handlers: &PinnedHandlers,
        tenant: TenantIndex,
    ) -> Option<Subject> {
        let (cause, event) = (Cause::outside(tenant), PreRouting { subject });
        let asked = self.ports.pre_routing.emit_to(handlers, cause, event);
        match asked.await {
            (event, PreRoutingVerdict::Continue) => Some(event.subject),
            (_, PreRoutingVerdict::Drop) => None,
        }
    }

    /// Finds or makes the transaction of a request.
    fn request(
        self: Arc<Self>,
        mut request: Message,
        context: RoutingContext,
        flow: Flow,
        tenant: TenantIndex,
    ) {
        // Not before: a handler sees the message as it was sent.
        if add_received_and_rport(&mut request, flow.remote).is_err() && request.top_via().is_ok() {
            // Its top Via leaves no room for where it came from.
            return self.answer_without_state(&request, &flow, 513, reason_phrase(513));
        }
        let new_transaction = NewTransaction {
            request: request.clone(),
            flow,
            reply_to: reply_target(&request, &flow),
            tenant,
        };
        match self.layer.request(new_transaction) {
            Ok(RequestMatch::New(transaction)) => {
                self.route_in_order(&request, transaction, context)
            }
            Ok(RequestMatch::Ack) if self.is_to_answer_of_ours(&request) => {}
            Ok(RequestMatch::Ack) => self.route_ack_in_order(request, context, flow, tenant),
            Ok(RequestMatch::Absorbed) => {}
            Ok(RequestMatch::Cancel(transaction, named)) => {
                self.cancelled(&request, transaction, named)
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

    fn route_in_order(
        self: Arc<Self>,
        request: &Message,
        transaction: Arc<ServerTransaction>,
        context: RoutingContext,
    ) {
        let key = self.order_key(request, &transaction.flow, transaction.tenant);
        let (core, item) = (Arc::clone(&self), (Arc::clone(&transaction), context));
        let started = self.routing.start(key, item, |(transaction, context)| {
            Box::pin(async move { core.route(transaction, context).await })
        });
        match started {
            // The caller repeats until it hears something (17.2.1).
            Ok(Poll::Pending) => self.layer.trying(&transaction),
            Ok(Poll::Ready(())) => {}
            Err(_) => drop(ResponseGuard::new(self, transaction)),
        }
    }

    fn route_ack_in_order(
        self: Arc<Self>,
        ack: Message,
        context: RoutingContext,
        flow: Flow,
        tenant: TenantIndex,
    ) {
        let key = self.order_key(&ack, &flow, tenant);
        let (core, item) = (Arc::clone(&self), (ack, context));
        let started = self.routing.start(key, item, |(ack, context)| {
            Box::pin(async move {
                core.route_ack(ack.clone(), context, flow, tenant).await;
                // Not before it left: a server that stops waits for that.
                core.layer.acked(&ack);
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
    fn cancelled(
        self: Arc<Self>,
        cancel: &Message,
        transaction: Arc<ServerTransaction>,
        named: CancelledInvite,
    ) {
        let (code, reason) = match &named {
            CancelledInvite::Pending(_) | CancelledInvite::Answered => (200, "OK"),
            CancelledInvite::Nothing => (481, "Call/Transaction Does Not Exist"),
        };
        let answered = local_reply::send(&self, &transaction, code, reason, &[]);
        if let CancelledInvite::Pending(invite) = named {
            match invite.cancelled(reasons(cancel)) {
                Some(calling_off) => self.layer.tasks().start(calling_off),
                // Still with its handlers, whose verdict comes too late.
                None => self.answer_cancelled(invite),
            }
        }
        if let Some(response) = answered {
            let core = Arc::clone(&self);
            let reported = async move { core.uac.responded(&transaction, response).await };
            self.layer.tasks().start(Box::pin(reported));
        }
    }

    /// 487 for an INVITE that was cancelled before it was sent on (9.2).
    fn answer_cancelled(self: &Arc<Self>, invite: Arc<ServerTransaction>) {
        let core = Arc::clone(self);
        let answered = async move {
            local_reply::respond(&core, &invite, 487, reason_phrase(487), &[]).await;
        };
        self.layer.tasks().start(Box::pin(answered));
    }

    /// Whether an ACK without a transaction is to a refusal that we gave without state: nobody else
    /// has to see it.
    fn is_to_answer_of_ours(&self, ack: &Message) -> bool {
        ack.to()
            .is_ok_and(|to| to.tag() == Some(&self.uac.branches().tag(ack)))
    }

    fn response(self: Arc<Self>, response: Message, flow: Flow) {
        // 18.1.2: what answers a request that somebody else sent.
        if !response
            .top_via()
            .is_ok_and(|via| self.identity.names().is_own_via(&via))
        {
            let call_id = response.call_id();
            let why = "its top Via is not ours";
            return self.ignore(Ignored::NotOurs, flow.remote, call_id, &why);
        }
        let Some(transaction) = self.layer.response(&response) else {
            return;
        };
        let key = self.order_key(&response, &flow, transaction.tenant);
        let item = (transaction, response);
        let started = self.routing.start(key, item, |(transaction, response)| {
            Arc::clone(&transaction.user).response(transaction, response, flow)
        });
        if let Err((transaction, response)) = started {
            let (tenant, call_id) = self.about(transaction.tenant, &response);
            let status = response.status().unwrap_or_default();
            tracing::debug!(
                tenant,
                call_id,
                status,
                "a response was dropped: too many wait before it"
            );
            // A success is repeated by whoever sent it (13.3.1.4); for another final response
            // somebody waits.
            let is_repeated = response.method() == Method::Invite && status < 300;
            if status >= 200 && !is_repeated {
                let failed = Arc::clone(&transaction.user).answer_lost(transaction);
                self.layer.tasks().start(failed);
            }
        }
    }

    /// What reads as a message but names no tenant. A response may: the request that it answers
    /// belongs to one. But we do not forward for strangers.
    fn reply_unknown_tenant(self: Arc<Self>, mut message: Message, flow: Flow) {
        if !message.is_request() {
            return self.response(message, flow);
        }
        let call_id = message.call_id();
        tracing::debug!(call_id, source = %flow.remote, "no tenant for a request");
        if add_received_and_rport(&mut message, flow.remote).is_ok() {
            let (code, reason) = Refusal::RelayForbidden.status();
            self.answer_without_state(&message, &flow, code, reason);
        }
    }

    /// Answers without remembering the request. A 503 has a Retry-After.
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
        let tag = self.uac.branches().tag(request);
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

/// Where the responses to a request go: back on its connection, and when that is gone, or for
/// datagrams, to the address it came from at the port that its sent-by or `rport` says (18.2.2, RFC
/// 3581 4). Never to another address: `maddr` and a made-up sent-by would aim our responses at
/// others.
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

/// Why a caller gives up: what its CANCEL says goes on to those that ring (RFC 3326; Kamailio's
/// `e2e_cancel_reason`).
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
