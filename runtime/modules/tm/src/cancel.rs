//! CANCEL for a branch that is abandoned.

use std::sync::{Arc, OnceLock};

use evroute_event::{Cause, EditScope};
use evroute_executor::BoxFuture;
use evroute_sip::{HeaderName, Message};
use evroute_transaction::{CancelCause, End, TimerOverrides};
use evroute_transaction_layer::{
    CancelSender, ClientTransaction, ClientTransactionUser, RetainedRequest,
};
use evroute_transport::Flow;

use crate::uac::Uac;

impl CancelSender for Uac {
    /// A request of our own like any other, so handlers are asked. It goes hop by hop, with the
    /// branch and the next hop of its INVITE (9.1): where it goes cannot be edited.
    fn cancel_due(
        self: Arc<Self>,
        transaction: Arc<ClientTransaction>,
        cause: CancelCause,
    ) -> BoxFuture {
        Box::pin(async move {
            let uac = self;
            let Some(invite) = transaction.request.get() else {
                return;
            };
            let Ok(mut cancel) = Message::cancel_for(&invite) else {
                return;
            };
            for reason in transaction
                .reasons
                .get()
                .iter()
                .flat_map(|reasons| reasons.iter())
            {
                // One that cannot be written is left out: that the phone stops ringing is worth
                // more.
                let _ = cancel.append_header(HeaderName::Reason, reason);
            }
            let (tenant, call_id) = (uac.identity.tenant(transaction.tenant), invite.call_id());
            tracing::debug!(tenant, call_id, ?cause, "cancelling a branch");
            let asked = Cause::outside(transaction.tenant);
            let Ok(subject) = uac.ask(asked, cancel, None, EditScope::Content).await else {
                tracing::info!(
                    tenant,
                    call_id,
                    "a handler dropped a CANCEL; the branch rings on"
                );
                return;
            };
            let Some(cancel) = subject.message else {
                return;
            };
            let own = |id, request| ClientTransaction {
                id,
                request: RetainedRequest::new(request),
                target: transaction.target.clone(),
                tenant: transaction.tenant,
                branch: transaction.branch,
                user: Arc::new(NobodyWaits),
                reasons: OnceLock::new(),
            };
            let sent = uac.layer.send(
                cancel,
                TimerOverrides::default(),
                own,
                transaction.target.proto,
            );
            if let Err(error) = sent {
                tracing::debug!(tenant, call_id, %error, "no CANCEL was sent");
            }
        })
    }
}

/// The answer to a CANCEL says nothing: the INVITE's own answer does.
struct NobodyWaits;

impl ClientTransactionUser for NobodyWaits {
    fn response(self: Arc<Self>, _: Arc<ClientTransaction>, _: Message, _: Flow) -> BoxFuture {
        Box::pin(std::future::ready(()))
    }

    fn failed(self: Arc<Self>, _: Arc<ClientTransaction>, _: End) -> BoxFuture {
        Box::pin(std::future::ready(()))
    }
}
