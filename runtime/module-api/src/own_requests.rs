//! Requests of the server's own, as modules ask for them.

use std::fmt::Debug;
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use evroute_tenant::TenantIndex;
use evroute_transport::Target;

/// The status of the final answer, when it comes.
pub type FinalStatus = Pin<Box<dyn Future<Output = Option<u16>> + Send>>;

/// A request to somebody who is reached over a flow, whatever its Request-URI says.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct FlowRequest {
    /// The method.
    pub method: &'static str,
    /// The Request-URI.
    pub request_uri: String,
    /// The flow.
    pub over: Target,
    /// How long an answer is waited for.
    pub answer_within: Duration,
}

/// Who sends them: the one path of local requests, with `tm:local-request`.
pub trait OwnRequests: Debug + Send + Sync {
    /// Sends one for a tenant. The status of its final answer: 408 where none came, 503 where it
    /// could not be sent. None where nobody was asked: a handler dropped it, or there is no room
    /// for it.
    fn send(self: Arc<Self>, tenant: TenantIndex, request: FlowRequest) -> FinalStatus;
}
