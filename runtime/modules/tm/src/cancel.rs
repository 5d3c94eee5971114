//! CANCEL for a branch that is given up.

use std::sync::{Arc, OnceLock, Weak};

use evroute_event::{Cause, EditScope};
use evroute_sip::{HeaderName, Message};
use evroute_transaction::{CancelCause, End, Patience};
use evroute_transport::Flow;

use crate::layer::Layer;
use crate::tasks::Later;
use crate::user::{ClientSide, ClientUser, Held};

impl Layer {
    /// A request of our own like any other, so handlers are asked. It goes hop by hop, with the branch and the next hop of
    /// its INVITE (9.1): where it goes cannot be edited.
    pub(crate) fn cancel_due(&self, side: &Arc<ClientSide>, cause: CancelCause) {
        let origin = self.origin.get().and_then(Weak::upgrade);
        let (Some(layer), Some(origin)) = (self.me.upgrade(), origin) else {
            return;
        };
        let side = Arc::clone(side);
        self.tasks().start(Box::pin(async move {
            let Some(invite) = side.request.get() else {
                return;
            };
            let Ok(mut cancel) = Message::cancel_for(&invite) else {
                return;
            };
            for reason in side.reasons.get().iter().flat_map(|reasons| reasons.iter()) {
                // One that cannot be written is left out: that the phone stops ringing is worth more.
                let _ = cancel.append_header(HeaderName::Reason, reason);
            }
            let (tenant, call_id) = (origin.own.tenant(side.tenant), invite.call_id());
            tracing::debug!(tenant, call_id, ?cause, "cancelling a branch");
            let asked = Cause::outside(side.tenant);
            let Ok(subject) = origin.ask(asked, cancel, None, EditScope::Content).await else {
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
            let own = |id, request| ClientSide {
                id,
                request: Held::new(request),
                target: side.target,
                tenant: side.tenant,
                branch: side.branch,
                user: Arc::new(NobodyWaits),
                reasons: OnceLock::new(),
            };
            if let Err(error) = layer.send(cancel, Patience::default(), own, side.target.proto) {
                tracing::debug!(tenant, call_id, %error, "no CANCEL was sent");
            }
        }));
    }
}

/// The answer to a CANCEL says nothing: the INVITE's own answer does.
struct NobodyWaits;

impl ClientUser for NobodyWaits {
    fn response(self: Arc<Self>, _: Arc<ClientSide>, _: Message, _: Flow) -> Later {
        Box::pin(std::future::ready(()))
    }

    fn failed(self: Arc<Self>, _: Arc<ClientSide>, _: End) -> Later {
        Box::pin(std::future::ready(()))
    }
}
