//! Requests of the server's own over a flow, as other modules ask for them.

use std::sync::Arc;

use evroute_event::{Cause, EditScope};
use evroute_module_api::{FinalStatus, FlowRequest, OwnRequests};
use evroute_proxy::check_secure;
use evroute_tenant::TenantIndex;
use evroute_transaction::TimerOverrides;
use tokio::sync::oneshot;

use crate::originate_error::OriginateError;
use crate::uac::{NewRequest, Sent, Uac};
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
        self.begin(cause, request, (over, timers), user)?;
        Ok(Sent { call_id, answer })
    }
}
