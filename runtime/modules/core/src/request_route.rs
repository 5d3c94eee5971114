//! The way of a new request: checks, `core:request`, the routing decision. Kamailio's
//! `request_route`, built in.

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Instant;

use evroute_event::{AuthenticatedUser, Cause, EditScope, ReplyParts, Subject};
use evroute_module_api::{AuthenticationRefusal, Registering};
use evroute_proxy::{Refusal, Routed, check_loop, preprocess_route, validate_request};
use evroute_sip::{HeaderName, Message, reason_phrase};
use evroute_tenant::{OverOutgoingRate, TenantIndex};
use evroute_transaction_layer::ServerTransaction;
use evroute_transport::Flow;

use crate::core::Core;
use crate::decision::{Decided, Decision};
use crate::events::{Request, RequestVerdict};
use crate::ignored::Ignored;
use crate::local_reply::{Additions, RETRY_AFTER_SECONDS};
use crate::outgoing_request::{OutgoingRequest, RoutedRequest};
use crate::response_guard::ResponseGuard;
use crate::routing_context::RoutingContext;
use crate::{local_reply, outbound, relay};

/// Why a request is not routed.
enum Stopped {
    Answer(u16, String, Vec<(HeaderName<'static>, String)>),
    /// A handler answers, with what handlers have added.
    Verdict(u16, String, ReplyParts),
    Drop,
}

impl From<AuthenticationRefusal> for Stopped {
    fn from(refusal: AuthenticationRefusal) -> Self {
        Self::Answer(refusal.code, refusal.reason.to_owned(), refusal.headers)
    }
}

impl From<Refusal> for Stopped {
    fn from(refusal: Refusal) -> Self {
        let (code, reason) = refusal.status();
        let headers = match refusal {
            Refusal::BadExtension { unsupported } => vec![(HeaderName::Unsupported, unsupported)],
            Refusal::UnsupportedScheme
            | Refusal::TooManyHops
            | Refusal::LoopDetected
            | Refusal::MaxBreadthExceeded
            | Refusal::RelayForbidden => Vec::new(),
        };
        Self::Answer(code, reason.to_owned(), headers)
    }
}

impl Core {
    /// Routes a request that has a transaction.
    pub(crate) async fn route(
        self: &Arc<Self>,
        transaction: Arc<ServerTransaction>,
        context: RoutingContext,
    ) {
        let response_guard = ResponseGuard::new(Arc::clone(self), Arc::clone(&transaction));
        self.settle(transaction, context).await;
        response_guard.disarm();
    }

    async fn settle(
        self: &Arc<Self>,
        transaction: Arc<ServerTransaction>,
        context: RoutingContext,
    ) {
        let Some(request) = transaction.request.get() else {
            return;
        };
        if self.is_unserved(&request, transaction.tenant) {
            let later = [(HeaderName::RetryAfter, RETRY_AFTER_SECONDS.to_owned())];
            return local_reply::respond(self, &transaction, 503, reason_phrase(503), &later).await;
        }
        let decided = self
            .decide(request, context, &transaction.flow, transaction.tenant)
            .await;
        match decided {
            Ok((
                _,
                Decision::Answer {
                    code,
                    reason,
                    headers,
                },
            )) => {
                local_reply::respond(self, &transaction, code, &reason, &headers).await;
            }
            Ok((outgoing, Decision::Forward(hops))) => match outgoing.breadth.split(hops.len()) {
                Ok(breadths) => match self.take_outgoing(&outgoing, hops.len()) {
                    Ok(()) => relay::relay(self, transaction, outgoing, hops, breadths).await,
                    Err(over) => {
                        let later = over.retry_after_seconds().to_string();
                        let later = [(HeaderName::RetryAfter, later)];
                        let reason = reason_phrase(503);
                        local_reply::respond(self, &transaction, 503, reason, &later).await;
                    }
                },
                Err(refusal) => self.refuse_breadth(&transaction, &outgoing, &refusal).await,
            },
            Err(Stopped::Answer(code, reason, headers)) => {
                local_reply::respond(self, &transaction, code, &reason, &headers).await;
            }
            Err(Stopped::Verdict(code, reason, parts)) => {
                let additions = Additions::Handlers(&parts);
                local_reply::respond_with(self, &transaction, code, &reason, additions).await;
            }
            Err(Stopped::Drop) => self.layer.forget(transaction.id),
        }
    }

    /// Whether so many copies of a request may leave for its tenant.
    fn take_outgoing(
        &self,
        outgoing: &OutgoingRequest,
        copies: usize,
    ) -> Result<(), OverOutgoingRate> {
        let request = &outgoing.request;
        let is_in_dialog = request.is_in_dialog();
        let taken = self
            .identity
            .take_outgoing(outgoing.tenant, copies, is_in_dialog);
        if let Err(over) = &taken
            && let Some(times) = self.over_rate(outgoing.tenant)
        {
            let (tenant, call_id) = self.about(outgoing.tenant, request);
            tracing::warn!(tenant, call_id, times, %over, "a request is not forwarded");
        }
        taken
    }

    /// A request that must not be divided any further (RFC 5393 5).
    async fn refuse_breadth(
        &self,
        transaction: &ServerTransaction,
        outgoing: &OutgoingRequest,
        refusal: &Refusal,
    ) {
        self.too_broad.fetch_add(1, Ordering::Relaxed);
        let (tenant, call_id) = self.about(outgoing.tenant, &outgoing.request);
        tracing::info!(tenant, call_id, %refusal, "a request is not forwarded");
        let (code, reason) = refusal.status();
        local_reply::respond(self, transaction, code, reason, &[]).await;
    }

    /// Routes an ACK to a 2xx: it has no transaction and is never answered (16.11).
    pub(crate) async fn route_ack(
        self: &Arc<Self>,
        request: Message,
        context: RoutingContext,
        flow: Flow,
        tenant: TenantIndex,
    ) {
        if self.is_disabled(tenant) {
            return;
        }
        let call_id = request.call_id().map(str::to_owned);
        match self.decide(request, context, &flow, tenant).await {
            Ok((outgoing, Decision::Forward(hops))) => {
                // It is for one phone, however many have registered; Kamailio takes the first as
                // well.
                if let Some(hop) = hops.first()
                    && self.take_outgoing(&outgoing, 1).is_ok()
                {
                    outbound::send_without_state(self, &outgoing, &flow, hop).await;
                }
            }
            Ok((_, Decision::Answer { code, reason, .. }))
            | Err(Stopped::Answer(code, reason, _) | Stopped::Verdict(code, reason, _)) => {
                let why = format!("{code} {reason}");
                let call_id = call_id.as_deref();
                self.ignore(Ignored::AckRefused, flow.remote, call_id, &why);
            }
            // That is the handler's will.
            Err(Stopped::Drop) => {}
        }
    }

    async fn decide(
        self: &Arc<Self>,
        request: Message,
        mut context: RoutingContext,
        flow: &Flow,
        tenant: TenantIndex,
    ) -> Result<(OutgoingRequest, Decision), Stopped> {
        let names = self.identity.names();
        let (seen, breadth) = (context.seen, context.breadth);
        // We support no option that a proxy could be required to support.
        validate_request(&request, &[])?;
        check_loop(&request, &names, &seen.all())?;
        let (request, sender) = self.authenticate(request, flow, tenant).await?;
        self.check_rate(&request, sender.as_ref(), flow, tenant)?;
        context.sender = sender;
        let mut routed_request = self.ask(request, context, flow, tenant).await?;
        let hash = seen.for_branches(routed_request.is_redirected);
        let routed = preprocess_route(&mut routed_request.request, &names)
            .map_err(|error| Stopped::Answer(400, format!("Bad Route ({error})"), Vec::new()))?;
        let decided = crate::decision::decide(self, &routed_request, &routed, flow, tenant);
        let decision = match decided {
            Decided::Now(decision) => decision,
            Decided::Registering(registering) => {
                let registered = match registering {
                    Registering::Done(registered) => registered,
                    Registering::Waits(kept) => kept.await,
                };
                crate::decision::registered(self, &routed_request.request, flow, registered)
            }
        };
        let egress_address = self.egress_address(&routed_request.request, &routed);
        if matches!(decision, Decision::Forward(_)) {
            self.put_alias(&mut routed_request.request, flow, tenant);
        }
        Ok((
            OutgoingRequest {
                request: routed_request.request,
                hash,
                tenant,
                egress_address,
                breadth,
            },
            decision,
        ))
    }

    /// Whether a user may begin so many things. What is inside a dialog goes on: nobody's call is
    /// to be cut off by that.
    fn check_rate(
        &self,
        request: &Message,
        sender: Option<&AuthenticatedUser>,
        flow: &Flow,
        tenant: TenantIndex,
    ) -> Result<(), Stopped> {
        let pike = sender.filter(|_| !request.is_in_dialog());
        let pike = pike.and_then(|user| Some((user, self.pike(tenant)?)));
        let Some((user, pike)) = pike else {
            return Ok(());
        };
        let admitted = pike.admits_user(user, flow, request.call_id(), Instant::now());
        admitted.map_err(|left| {
            let seconds = left.as_secs().saturating_add(1).to_string();
            let later = vec![(HeaderName::RetryAfter, seconds)];
            Stopped::Answer(503, reason_phrase(503).to_owned(), later)
        })
    }

    /// The side that a request inside a dialog leaves by: what follows a call takes the way that
    /// its INVITE took.
    fn egress_address(&self, request: &Message, routed: &Routed) -> Option<SocketAddr> {
        let is_in_dialog = request.is_in_dialog();
        match routed {
            Routed::Ours(route) if is_in_dialog => self.identity.named(route.outbound.as_ref()?),
            Routed::Ours(_) | Routed::Elsewhere | Routed::No => None,
        }
    }

    /// `core:request`.
    async fn ask(
        &self,
        request: Message,
        context: RoutingContext,
        flow: &Flow,
        tenant: TenantIndex,
    ) -> Result<RoutedRequest, Stopped> {
        let RoutingContext {
            next_hop,
            is_redirected,
            handlers,
            sender,
            ..
        } = context;
        let port = &self.ports.request;
        if !port.is_handled_by(&handlers, tenant) {
            return Ok(RoutedRequest {
                request,
                next_hop,
                is_redirected,
                sender,
            });
        }
        let asked_uri = request.request_uri().map(str::to_owned);
        let subject = Subject {
            next_hop,
            authenticated: sender.clone(),
            reply: Some(ReplyParts::default()),
            ..self.subject(request, flow, tenant, EditScope::Routing)
        };
        let (cause, event) = (Cause::outside(tenant), Request { subject });
        let (event, verdict) = port.emit_to(&handlers, cause, event).await;
        match verdict {
            RequestVerdict::Pass => {}
            RequestVerdict::Drop => return Err(Stopped::Drop),
            RequestVerdict::Reject { code, reason } => {
                let reason = reason.unwrap_or_else(|| reason_phrase(code).to_owned());
                let parts = event.subject.reply.unwrap_or_default();
                return Err(Stopped::Verdict(code, reason, parts));
            }
        }
        let request = event.subject.message.ok_or(Stopped::Drop)?;
        let next_hop = event.subject.next_hop;
        let is_redirected =
            is_redirected || next_hop.is_some() || request.request_uri() != asked_uri.as_deref();
        Ok(RoutedRequest {
            request,
            next_hop,
            is_redirected,
            sender,
        })
    }
}
