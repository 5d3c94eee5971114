//! What came in and cannot be acted upon: not SIP, or not as it must be.

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Instant;

use evroute_event::Cause;
use evroute_proxy::add_received_and_rport;
use evroute_sip::{
    InvalidMessage, Message, Method, ParseError, ParseErrorKind, ParseErrorResponse,
    malformed_unread,
};
use evroute_tenant::TenantIndex;
use evroute_transport::{Flow, Inbound};

use crate::core::Core;
use crate::events::ReceiveParseError;
use crate::ignored::Ignored;

impl Core {
    /// A field that is malformed and not ours to read goes on as it is (16.3 step 1); the log says
    /// so.
    pub(crate) fn tell_malformed_unread(&self, message: &Message, flow: &Flow) {
        // What a REGISTER says is read by the registrar, who answers for it.
        if message.method() == Method::Register {
            return;
        }
        let Some((header, error)) = malformed_unread(message) else {
            return;
        };
        if let Some(times) = self.reported.malformed_unread.happened(Instant::now()) {
            let call_id = message.call_id();
            tracing::info!(call_id, source = %flow.remote, %header, %error, times,
                "a header field that is not ours to read is malformed; it is passed on as it is");
        }
    }

    /// What reads as a message but must not be acted upon.
    pub(crate) fn invalid(
        self: Arc<Self>,
        mut message: Message,
        inbound: Inbound,
        refusal: &InvalidMessage,
    ) {
        let flow = inbound.flow;
        let tenant = self.tenant_of(&message, &flow);
        // Refusals find their way back as other answers do, so the source is noted first.
        if message.is_request() {
            let _ = add_received_and_rport(&mut message, flow.remote);
        }
        match refusal.answer() {
            ParseErrorResponse::Reply { code, reason } => {
                self.answer_without_state(&message, &flow, code, reason);
            }
            ParseErrorResponse::Drop => {
                let call_id = message.call_id();
                self.ignore(Ignored::Malformed, flow.remote, call_id, refusal);
            }
        }
        self.tell_unparsed(inbound, refusal.to_string(), tenant);
    }

    /// What does not read as a message.
    pub(crate) fn unparsed(self: Arc<Self>, inbound: Inbound, refused: &ParseError) {
        if refused.kind == ParseErrorKind::Empty {
            return;
        }
        if refused.kind == ParseErrorKind::MessageTooLong {
            self.response_too_large(&inbound);
        }
        if refused.answer() == ParseErrorResponse::Drop {
            self.ignore(Ignored::Unreadable, inbound.flow.remote, None, refused);
        }
        self.answer_unparsed(refused, &inbound.flow);
        self.tell_unparsed(inbound, refused.to_string(), None);
    }

    /// A response that is too large to be passed on: its request has failed, and its caller hears
    /// so.
    pub(crate) fn response_too_large(&self, inbound: &Inbound) {
        let Ok(head) = Message::parse_without_body(&inbound.bytes) else {
            return;
        };
        let is_final = head.status().is_some_and(|status| status >= 200);
        let is_ours = head
            .top_via()
            .is_ok_and(|via| self.identity.names().is_own_via(&via));
        if !(is_final && is_ours) {
            return;
        }
        if let Some(transaction) = self.layer.response(&head) {
            let (remote, call_id) = (inbound.flow.remote, head.call_id());
            self.ignore(
                Ignored::ResponseTooLarge,
                remote,
                call_id,
                &"more than a message may have",
            );
            let user = Arc::clone(&transaction.user);
            let failed = user.answer_lost(transaction);
            self.layer.tasks().start(failed);
        }
    }

    pub(crate) fn answer_unparsed(&self, refused: &ParseError, flow: &Flow) {
        let Some(mut response) = refused.to_response() else {
            return;
        };
        // What was salvaged is all there is: where it cannot be completed it goes out as it is.
        let _ = add_received_and_rport(&mut response, flow.remote);
        let tag = self.uac.branches().tag(&response);
        let _ = response.ensure_to_tag(&tag);
        self.send_back(&response, flow);
    }

    /// `core:receive-parse-error`.
    pub(crate) fn tell_unparsed(
        self: Arc<Self>,
        inbound: Inbound,
        reason: String,
        tenant: Option<TenantIndex>,
    ) {
        let flow = inbound.flow;
        self.unreadable.fetch_add(1, Ordering::Relaxed);
        if let Some(times) = self.reported.unreadable.happened(Instant::now()) {
            tracing::info!(source = %flow.remote, %reason, times, "not a SIP message");
        }
        let handshake = self.handshake(&flow);
        let match_keys = evroute_tenant::MatchKeys {
            listener: Some(self.identity.listener(flow.proto, flow.local)),
            source: Some(flow.remote.ip()),
            peer: handshake.as_deref().and_then(|tls| tls.peer.as_ref()),
            ..evroute_tenant::MatchKeys::default()
        };
        // What cannot be read names no domain: the listener's or source's tenant hears of it, or
        // the only one there is. Nobody else: the bytes may be another tenant's message.
        let tenant = tenant.or_else(|| self.directory.resolve(&match_keys));
        let Some(tenant) = tenant
            .or_else(|| self.directory.only())
            .filter(|tenant| !self.is_disabled(*tenant))
            .filter(|tenant| self.ports.parse_error.is_handled(*tenant))
        else {
            return;
        };
        let event = ReceiveParseError {
            subject: self.way(&flow, tenant),
            reason,
            raw: inbound.bytes,
        };
        let core = Arc::clone(&self);
        let reported = async move {
            let port = &core.ports.parse_error;
            port.emit(Cause::outside(tenant), event).await;
        };
        self.layer.tasks().start(Box::pin(reported));
    }
}
