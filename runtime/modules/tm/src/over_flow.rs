//! Requests of the server's own, as other modules ask for them.

use std::sync::Arc;

use evroute_event::{Cause, EditScope};
use evroute_module_api::{FinalStatus, FlowRequest, OwnRequests, PeerAnswering, PeerRequest};
use evroute_proxy::check_secure;
use evroute_tenant::TenantIndex;
use evroute_transaction::TimerOverrides;
use tokio::sync::oneshot;

use crate::new_request::{NewRequest, Sent};
use crate::originate_error::OriginateError;
use crate::uac::Uac;
use crate::uac_transaction::UacTransaction;

impl OwnRequests for Uac {
    fn send(self: Arc<Self>, tenant: TenantIndex, request: FlowRequest) -> FinalStatus {
        Box::pin(async move {
            let method = request.method;
            match self.send_over(Cause::outside(tenant), request).await {
                // Whoever is waited for answers, or its transaction ends.
                Ok(sent) => sent.answer.await.ok().map(|answer| answer.status),
                Err(error) => {
                    let tenant = self.identity.tenant(tenant);
                    tracing::debug!(tenant, method, %error, "a request was not sent over a flow");
                    None
                }
            }
        })
    }

    fn ask_peer(self: Arc<Self>, tenant: TenantIndex, request: PeerRequest) -> PeerAnswering {
        Box::pin(async move {
            let new = to_peer(request);
            let sent = self.originate(Cause::outside(tenant), new).await;
            let answer = sent.map_err(|error| error.to_string())?.answer.await;
            // Whoever is waited for answers, or its transaction ends.
            answer.map_err(|_| "the server stops".to_owned())
        })
    }
}

fn to_peer(request: PeerRequest) -> NewRequest {
    let PeerRequest {
        method,
        request_uri,
        next_hop,
        from,
        to,
        call_id,
        cseq,
        contact,
        headers,
    } = request;
    let bytes = |(name, value): (&str, String)| (name.to_owned(), value.into_bytes());
    NewRequest {
        method: method.to_owned(),
        request_uri,
        next_hop,
        socket: None,
        from: Some(from),
        to: Some(to),
        headers: headers.into_iter().map(bytes).collect(),
        body: None,
        sequence: Some((call_id, cseq)),
        contact: Some(contact),
    }
}

impl Uac {
    /// Makes a request and asks the handlers of `tm:local-request` once, who may edit it. It goes
    /// over its flow, whatever Route and Request-URI say then, and counts to no tenant's rate: how
    /// many there are is for who asks to limit.
    async fn send_over(
        self: &Arc<Self>,
        cause: Cause,
        request: FlowRequest,
    ) -> Result<Sent, OriginateError> {
        let FlowRequest {
            method,
            request_uri,
            over,
            answer_within,
        } = request;
        let new = NewRequest {
            method: method.to_owned(),
            request_uri,
            next_hop: None,
            socket: over.local.map(|local| (over.proto, local)),
            from: None,
            to: None,
            headers: Vec::new(),
            body: None,
            sequence: None,
            contact: None,
        };
        let request = self.build(cause, &new)?;
        let subject = self.ask(cause, request, None, EditScope::Content).await?;
        let request = subject.message.ok_or(OriginateError::Dropped)?;
        check_secure(&request, over.proto)?;
        let timers = TimerOverrides {
            fr_timer: Some(answer_within),
            fr_inv_timer: None,
        };
        let call_id = request.call_id().unwrap_or_default().to_owned();
        let (reported, answer) = oneshot::channel();
        let user = Arc::new(UacTransaction::new(Arc::clone(self), cause, reported));
        self.begin(cause, request, (over, timers, None), user)?;
        Ok(Sent { call_id, answer })
    }
}
