//! Forwarding: the branches of a request and its answers on their way back. RFC 3261 16.6, 16.7, 16.10.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use evroute_event::{Cause, EditScope};
use evroute_module_tm::{ClientSide, ClientUser, Later, ServerSide, ServerUser, resolve};
use evroute_proxy::{
    Forward, Outcome, RecordRoute, ResponseContext, forward_request, forward_response, next_hop,
};
use evroute_sip::{Message, reason_phrase};
use evroute_transaction::{End, Id, Patience};
use evroute_transport::{Flow, Proto, Target};

use crate::core::Core;
use crate::decision::Hop;
use crate::events::{Reply, ReplyVerdict};
use crate::receive::subject;

/// One forwarded request and its branches.
struct Relay {
    core: Arc<Core>,
    side: Arc<ServerSide>,
    state: Mutex<RelayState>,
}

struct RelayState {
    context: ResponseContext,
    branches: Vec<Id>,
    is_cancelled: bool,
}

/// A request ready to leave.
struct Ready {
    request: Message,
    target: Target,
}

/// Forwards a request to all hops at once.
pub(crate) async fn relay(core: &Arc<Core>, side: Arc<ServerSide>, request: Message, hops: Vec<Hop>) {
    let relay = Arc::new(Relay {
        core: Arc::clone(core),
        side: Arc::clone(&side),
        state: Mutex::new(RelayState {
            context: ResponseContext::new(hops.len()),
            branches: Vec::new(),
            is_cancelled: false,
        }),
    });
    if !side.attach(Arc::clone(&relay) as Arc<dyn ServerUser>) {
        let (code, reason) = (487, "Request Terminated");
        return crate::local_reply::respond(core, &side, code, reason, &[]).await;
    }
    for (branch, hop) in hops.into_iter().enumerate() {
        if relay.is_over() {
            break;
        }
        match prepare(core, &request, &side.flow, &hop).await {
            Ok(ready) => relay.send(branch, ready),
            Err(status) => relay.branch_failed(status),
        }
    }
    relay.end_unsent().await;
}

/// Forwards a request that has no transaction, once.
pub(crate) async fn send_without_state(core: &Core, request: &Message, flow: &Flow, hops: Vec<Hop>) {
    for hop in hops {
        let Ok(ready) = prepare(core, request, flow, &hop).await else { continue };
        if let Some(transport) = core.layer.transport() {
            let sent = transport.send(ready.request.print(), &ready.target);
            let _ = sent.inspect_err(|error| tracing::debug!(%error, "not forwarded"));
        }
    }
}

/// Makes the copy of a request that goes to one hop.
///
/// The error is the status code that stands for the branch.
async fn prepare(core: &Core, request: &Message, flow: &Flow, hop: &Hop) -> Result<Ready, u16> {
    let target = match hop.target {
        Some(target) => target,
        None => find_target(request, hop).await?,
    };
    let local = core.own.listener(target.proto, target.remote.ip(), Some(flow.local)).ok_or(503_u16)?;
    let outward = (target.proto, local);
    let branch = core.origin.branches().forward(request);
    let forward = Forward {
        request_uri: hop.uri.as_deref(),
        outward,
        record_route: record_route(core, request, flow),
        branch: &branch,
    };
    let request = forward_request(request, &forward).map_err(|error| {
        tracing::info!(%error, "a request cannot be forwarded");
        500_u16
    })?;
    Ok(Ready { request, target: Target { local: Some(local), ..target } })
}

async fn find_target(request: &Message, hop: &Hop) -> Result<Target, u16> {
    let next = match (&hop.next_hop, &hop.uri) {
        (Some(forced), _) => next_hop(request, Some(forced)),
        // Its own route set goes before a new Request-URI.
        (None, Some(uri)) if request.routes().next().is_none() => next_hop(request, Some(uri)),
        (None, _) => next_hop(request, None),
    };
    let next = next.map_err(|error| {
        tracing::info!(%error, "a request has no next hop");
        if matches!(error, evroute_proxy::HopError::NoHost) { 404_u16 } else { 478 }
    })?;
    resolve(&next).await.map_err(|error| {
        tracing::info!(%error, "a request has no next hop");
        503_u16
    })
}

/// We stay in the path of dialogs: they are made by these methods.
fn record_route(core: &Core, request: &Message, flow: &Flow) -> RecordRoute {
    let makes_dialog = matches!(request.method().as_str(), "INVITE" | "SUBSCRIBE" | "REFER" | "NOTIFY");
    let is_new = request.to().is_ok_and(|to| to.tag().is_none());
    if !makes_dialog || !is_new {
        return RecordRoute::No;
    }
    let inward: (Proto, _) = (flow.proto, flow.local);
    let local = core.own.listener(inward.0, flow.remote.ip(), Some(flow.local)).unwrap_or(inward.1);
    RecordRoute::Yes { inward: (inward.0, local) }
}

impl Relay {
    fn state(&self) -> MutexGuard<'_, RelayState> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn is_over(&self) -> bool {
        let state = self.state();
        state.is_cancelled || state.context.is_answered()
    }

    /// A CANCEL that came before the first branch was sent ends the request here.
    async fn end_unsent(&self) {
        let is_unsent = {
            let state = self.state();
            state.is_cancelled && state.branches.is_empty() && !state.context.is_answered()
        };
        if is_unsent {
            let (code, reason) = (487, "Request Terminated");
            crate::local_reply::respond(&self.core, &self.side, code, reason, &[]).await;
        }
    }

    fn send(self: &Arc<Self>, branch: usize, ready: Ready) {
        let Ready { request, target } = ready;
        let user: Arc<dyn ClientUser> = Arc::clone(self) as Arc<dyn ClientUser>;
        let tenant = self.side.tenant;
        let side = |id, request| ClientSide { id, request, target, tenant, branch, user };
        match self.core.layer.send(request, Patience::default(), side, target.proto) {
            Ok(id) => {
                let mut state = self.state();
                state.branches.push(id);
                let is_late = state.is_cancelled || state.context.is_answered();
                drop(state);
                if is_late {
                    self.core.layer.cancel(id);
                }
            }
            Err(error) => {
                tracing::warn!(%error, "a branch was not sent");
                self.branch_failed(503);
            }
        }
    }

    /// A branch that was not answered counts as answered with this status.
    fn branch_failed(&self, status: u16) {
        let made = Message::response_to(&self.side.request, status, reason_phrase(status), Some("evroute"));
        match made {
            Ok(response) => self.answered(response),
            Err(error) => tracing::warn!(%error, "no answer could be made"),
        }
    }

    /// An answer, our Via off.
    fn answered(&self, response: Message) {
        let mut state = self.state();
        let outcome = state.context.response(response);
        let others = std::mem::take(&mut state.branches);
        let cancel = match &outcome {
            Outcome::ForwardAndCancel(_) | Outcome::Wait { cancel: true } => others,
            Outcome::Forward(_) | Outcome::ForwardBest(_) | Outcome::Nothing | Outcome::Wait { cancel: false } => {
                state.branches = others;
                Vec::new()
            }
        };
        drop(state);
        match outcome {
            Outcome::Forward(response) | Outcome::ForwardAndCancel(response) => self.send_back(&response),
            Outcome::ForwardBest(response) => self.send_back(&response),
            Outcome::Wait { .. } | Outcome::Nothing => {}
        }
        // A branch that is answered already ignores this.
        for branch in cancel {
            self.core.layer.cancel(branch);
        }
    }

    fn send_back(&self, response: &Message) {
        let status = response.status().unwrap_or(500);
        // 16.7 step 6: a 503 says that the next element upstream should not use us; a 500 says it could not be done.
        let sent = if status == 503 {
            match Message::response_to(&self.side.request, 500, "Server Internal Error", Some("evroute")) {
                Ok(response) => self.core.layer.respond(self.side.id, 500, response.print()),
                Err(_) => return,
            }
        } else {
            self.core.layer.respond(self.side.id, status, response.print())
        };
        if let Err(error) = sent {
            tracing::debug!(%error, status, "a response was not sent on");
        }
    }

    async fn forward(self: Arc<Self>, response: Message, flow: Flow) {
        let port = &self.core.ports.reply;
        let response = if port.is_handled(self.side.tenant) {
            let can_drop = response.status().is_some_and(|status| status < 200);
            let event = Reply { subject: subject(response, &flow, EditScope::Content), can_drop };
            match port.emit(Cause::outside(self.side.tenant), event).await {
                (event, ReplyVerdict::Forward) => event.subject.message,
                (_, ReplyVerdict::Drop) => None,
            }
        } else {
            Some(response)
        };
        let Some(response) = response else { return };
        match forward_response(&response) {
            Ok(Some(response)) => self.answered(response),
            Ok(None) => tracing::debug!("a response that was for us alone"),
            Err(error) => tracing::info!(%error, "a response cannot be forwarded"),
        }
    }
}

impl ClientUser for Relay {
    fn response(self: Arc<Self>, _: Arc<ClientSide>, response: Message, flow: Flow) -> Later {
        Box::pin(self.forward(response, flow))
    }

    fn failed(self: Arc<Self>, side: Arc<ClientSide>, end: End) -> Later {
        Box::pin(async move {
            let is_invite = side.request.method().as_str() == "INVITE";
            match end.status() {
                // RFC 4320 4.2: a late 408 to anything but INVITE only adds to the load; its sender has given up.
                Some(408) if !is_invite => self.core.layer.forget(self.side.id),
                Some(status) => self.branch_failed(status),
                None => {}
            }
        })
    }
}

impl ServerUser for Relay {
    fn cancelled(self: Arc<Self>) -> Later {
        Box::pin(async move {
            let mut state = self.state();
            state.is_cancelled = true;
            let branches = state.branches.clone();
            drop(state);
            for branch in branches {
                self.core.layer.cancel(branch);
            }
        })
    }
}
