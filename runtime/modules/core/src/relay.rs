//! Forwarding: the branches of a request and its answers on their way back. RFC 3261 16.6, 16.7,
//! 16.10.

mod due;
mod towards_caller;
mod user;

use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};

use evroute_event::{Cause, EditScope};
use evroute_proxy::{
    BestResponse, BranchIndex, Breadth, ResponseAction, ResponseActions, ResponseContext,
};
use evroute_sip::{HeaderName, Message, Method, reason_phrase};
use evroute_transaction::{Id, TimerOverrides};
use evroute_transaction_layer::{
    ClientTransaction, ClientTransactionUser, Reasons, RetainedRequest, ServerTransaction,
    ServerTransactionUser,
};
use evroute_transport::Flow;

use self::due::Due;
use crate::core::Core;
use crate::decision::BranchTarget;
use crate::events::{Reply, ReplyVerdict};
use crate::ignored::Ignored;
use crate::local_reply;
use crate::outbound::{PreparedRequest, prepare};
use crate::outgoing_request::OutgoingRequest;

/// One forwarded request and its branches.
struct Relay {
    core: Arc<Core>,
    transaction: Arc<ServerTransaction>,
    /// Those of the request, as it came: the way back to the caller.
    vias: Vec<Vec<u8>>,
    state: Mutex<RelayState>,
}

struct RelayState {
    context: ResponseContext,
    branches: Vec<Branch>,
    /// Whoever is not sent to yet is not to be, and why: the caller gave up, or somebody answered
    /// for all.
    called_off: Option<Reasons>,
}

/// One copy of the request; in the order of the hops.
#[derive(Clone, Copy)]
struct Branch {
    index: BranchIndex,
    /// None: not sent, or not yet.
    sent: Option<Id>,
    /// What stands for it when it cannot be delivered.
    unreachable: u16,
    /// The way to its phone, where that is one that registered or wrote an alias.
    flow: Option<Flow>,
}

/// Forwards a request to all hops at once.
pub(crate) async fn relay(
    core: &Arc<Core>,
    transaction: Arc<ServerTransaction>,
    outgoing: OutgoingRequest,
    hops: Vec<BranchTarget>,
    breadths: Vec<Breadth>,
) {
    let mut context = ResponseContext::new(&outgoing.request);
    // All of them before the first is sent, or one that fails at once would be taken for the last.
    let branches = hops.iter().map(|hop| Branch {
        index: context.add_branch(),
        sent: None,
        unreachable: hop.unreachable(),
        flow: hop.flow(),
    });
    let branches = branches.collect();
    let state = Mutex::new(RelayState {
        context,
        branches,
        called_off: None,
    });
    let request = transaction.request.get();
    let vias = request
        .iter()
        .flat_map(|request| request.values(HeaderName::Via));
    let relay = Arc::new(Relay {
        core: Arc::clone(core),
        transaction: Arc::clone(&transaction),
        vias: vias.map(<[u8]>::to_vec).collect(),
        state,
    });
    let user: Arc<dyn ServerTransactionUser> = Arc::clone(&relay) as _;
    if !transaction.attach(Arc::downgrade(&user)) {
        return local_reply::respond(core, &transaction, 487, reason_phrase(487), &[]).await;
    }
    core.layer.trying(&transaction);
    let mut branches = hops.into_iter().zip(breadths).enumerate();
    if branches.len() == 1
        && let Some((branch, (hop, breadth))) = branches.next()
    {
        return relay.begin(branch, &hop, breadth, &outgoing).await;
    }
    let outgoing = Arc::new(outgoing);
    for (branch, (hop, breadth)) in branches {
        let (begun, outgoing) = (Arc::clone(&relay), Arc::clone(&outgoing));
        let due = Due::new(Arc::clone(&relay), branch, 503);
        // They leave in their order; who has to wait for the address of a name holds up nobody
        // behind, nor what is answered to the others.
        core.layer.tasks().start(Box::pin(async move {
            begun.begin(branch, &hop, breadth, &outgoing).await;
            due.done();
        }));
    }
}

impl Relay {
    fn state(&self) -> MutexGuard<'_, RelayState> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Whom and what a line of the log is about; the Call-ID as long as the request is kept.
    fn about(&self) -> (String, Option<String>) {
        let request = self.transaction.request.get();
        let call_id = request.and_then(|request| request.call_id().map(str::to_owned));
        (self.core.name(self.transaction.tenant), call_id)
    }

    fn is_called_off(&self) -> bool {
        self.state().called_off.is_some()
    }

    fn is_over(&self) -> bool {
        let state = self.state();
        state.called_off.is_some() || state.context.is_answered()
    }

    /// Finds the way of a branch, which may take long, and sends it there.
    async fn begin(
        self: &Arc<Self>,
        branch: usize,
        hop: &BranchTarget,
        breadth: Breadth,
        outgoing: &OutgoingRequest,
    ) {
        let prepared = if self.is_over() {
            Err(487)
        } else {
            prepare(
                &self.core,
                outgoing,
                &self.transaction.flow,
                hop,
                Some(breadth),
            )
            .await
        };
        match prepared {
            Ok(_) if self.is_over() => self.branch_failed(branch, 487).await,
            Ok(ready) => self.send(branch, ready).await,
            Err(503) => self.branch_failed(branch, self.unreachable(branch)).await,
            Err(status) => self.branch_failed(branch, status).await,
        }
    }

    /// What stands for a branch that could not be delivered.
    fn unreachable(&self, branch: usize) -> u16 {
        let state = self.state();
        state
            .branches
            .get(branch)
            .map_or(503, |branch| branch.unreachable)
    }

    async fn send(self: &Arc<Self>, branch: usize, ready: PreparedRequest) {
        let PreparedRequest { request, target } = ready;
        let user: Arc<dyn ClientTransactionUser> =
            Arc::clone(self) as Arc<dyn ClientTransactionUser>;
        let (tenant, proto) = (self.transaction.tenant, target.proto);
        let transaction = |id, request| ClientTransaction {
            id,
            request: RetainedRequest::new(request),
            target,
            tenant,
            branch,
            user,
            reasons: OnceLock::new(),
        };
        match self
            .core
            .layer
            .send(request, TimerOverrides::default(), transaction, proto)
        {
            Ok(id) => {
                let mut state = self.state();
                if let Some(branch) = state.branches.get_mut(branch) {
                    branch.sent = Some(id);
                }
                let called_off = state.called_off.clone();
                let called_off =
                    called_off.or_else(|| state.context.is_answered().then(Reasons::default));
                drop(state);
                if let Some(reasons) = called_off {
                    self.core.layer.cancel(id, reasons);
                }
            }
            Err(error) => {
                let (tenant, call_id) = self.about();
                tracing::warn!(tenant, call_id, %error, "a branch was not sent");
                self.branch_failed(branch, 503).await;
            }
        }
    }

    /// A branch that was not answered counts as answered with this status.
    async fn branch_failed(&self, branch: usize, status: u16) {
        let actions = {
            let state = &mut *self.state();
            let Some(branch) = state.branches.get(branch) else {
                return;
            };
            state.context.fail(branch.index, status)
        };
        self.act(actions, status).await;
    }

    /// A branch was answered; our Via is off.
    async fn branch_answered(&self, branch: usize, response: Message) {
        let status = response.status().unwrap_or_default();
        let actions = {
            let state = &mut *self.state();
            let Some(branch) = state.branches.get(branch) else {
                return;
            };
            state.context.receive(branch.index, response)
        };
        self.act(actions, status).await;
    }

    /// Does what follows from the status that a branch ended with.
    async fn act(&self, actions: ResponseActions, status: u16) {
        for action in actions {
            match action {
                ResponseAction::Relay(response) => self.send_back(&response).await,
                ResponseAction::CancelPending => self.call_off(answered_with(status)),
                ResponseAction::Complete => self.complete().await,
            }
        }
    }

    /// Nothing more is sent, and what still rings is cancelled.
    fn call_off(&self, reasons: Reasons) {
        let pending: Vec<Id> = {
            let state = &mut *self.state();
            state.called_off.get_or_insert_with(|| reasons.clone());
            let is_pending = |branch: &&Branch| state.context.is_pending(branch.index);
            let pending = state.branches.iter().filter(is_pending);
            pending.filter_map(|branch| branch.sent).collect()
        };
        for branch in pending {
            self.core.layer.cancel(branch, reasons.clone());
        }
    }

    /// All branches have failed.
    async fn complete(&self) {
        let best = {
            let mut state = self.state();
            state.context.answered();
            state.context.best()
        };
        let local = match best {
            Ok(Some(BestResponse::Response(response))) => return self.send_back(&response).await,
            Ok(Some(BestResponse::NoResponse) | None) => {
                return self.core.layer.forget(self.transaction.id);
            }
            Ok(Some(BestResponse::Local(status))) => status,
            Err(error) => {
                let (tenant, call_id) = self.about();
                tracing::warn!(tenant, call_id, %error, "no answer could be made");
                500
            }
        };
        local_reply::respond(
            &self.core,
            &self.transaction,
            local,
            reason_phrase(local),
            &[],
        )
        .await;
    }

    async fn send_back(&self, response: &Message) {
        let (layer, status) = (&self.core.layer, response.status().unwrap_or(500));
        let (to, length) = (&self.transaction.reply_to, response.printed_len());
        if !to.proto.takes(length, to.remote.ip()) {
            let (call_id, why) = (response.call_id(), format!("{status}, {length} bytes"));
            let reason = Ignored::ResponseTooLarge;
            self.core.ignore(reason, to.remote, call_id, &why);
            if status >= 200 {
                let (core, transaction) = (&self.core, &self.transaction);
                local_reply::respond(core, transaction, 500, "Response Too Large", &[]).await;
            }
            return;
        }
        let is_success = (200..300).contains(&status)
            && response
                .cseq()
                .is_ok_and(|cseq| cseq.method == Method::Invite);
        if is_success {
            // First, since its ACK may be here before we are back.
            layer.answered(response);
        }
        if let Err(error) = layer.respond(self.transaction.id, status, response.print()) {
            if is_success {
                layer.acked(response);
            }
            let (tenant, call_id) = self.about();
            tracing::debug!(tenant, call_id, %error, status, "a response was not sent on");
        }
    }

    async fn forward(self: Arc<Self>, branch: usize, response: Message, flow: Flow) {
        let port = &self.core.ports.reply;
        let status = response.status().unwrap_or_default();
        let due = (status >= 200).then(|| Due::new(Arc::clone(&self), branch, 500));
        let tenant = self.transaction.tenant;
        let response = if port.is_handled(tenant) {
            let can_drop = status < 200;
            let event = Reply {
                subject: self
                    .core
                    .subject(response, &flow, tenant, EditScope::Content),
                can_drop,
            };
            match port.emit(Cause::outside(tenant), event).await {
                (event, ReplyVerdict::Forward) => event.subject.message,
                (_, ReplyVerdict::Drop) => None,
            }
        } else {
            Some(response)
        };
        match response.and_then(|response| self.towards_caller(branch, response)) {
            Some(response) => self.branch_answered(branch, response).await,
            None if status >= 200 => self.branch_failed(branch, 500).await,
            None => {}
        }
        if let Some(due) = due {
            due.done();
        }
    }
}

/// Why the other branches are cancelled when one was answered with this status (RFC 3326;
/// Kamailio's `local_cancel_reason`). By 200 phones know that it is no missed call.
fn answered_with(status: u16) -> Reasons {
    let (cause, text) = match status {
        200..300 => (200, "Call completed elsewhere"),
        _ => (status, reason_phrase(status)),
    };
    [format!("SIP;cause={cause};text=\"{text}\"").into_bytes()].into()
}
