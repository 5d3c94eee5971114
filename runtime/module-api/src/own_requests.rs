//! Requests of the server's own, as modules ask for them.

use std::fmt::Debug;
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use evroute_sip::Message;
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

/// A request to a peer that the tenant's configuration names: it goes where its Request-URI or its
/// next hop says.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct PeerRequest {
    /// The method.
    pub method: &'static str,
    /// The Request-URI.
    pub request_uri: String,
    /// Where to send it, if not where the Request-URI says.
    pub next_hop: Option<String>,
    /// The value of From, without tag.
    pub from: String,
    /// The value of To.
    pub to: String,
    /// Its Call-ID: requests that belong together have one.
    pub call_id: String,
    /// Its number among them.
    pub cseq: u32,
    /// Its Contact.
    pub contact: PeerContact,
    /// Further header fields.
    pub headers: Vec<(&'static str, String)>,
}

/// A Contact of ours: its address is that of the listener which the request leaves by.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct PeerContact {
    /// The user part.
    pub user: String,
    /// Parameters of its URI, each with its semicolon.
    pub params: String,
}

/// The final answer of a peer.
#[derive(Clone, Debug)]
pub struct PeerAnswer {
    /// The status code; 408 or 503 when there was no answer.
    pub status: u16,
    /// The reason phrase.
    pub reason: String,
    /// What was answered; none where nothing was.
    pub message: Option<Message>,
}

/// The answer, when it comes; or, in a sentence, why nothing was sent.
pub type PeerAnswering = Pin<Box<dyn Future<Output = Result<PeerAnswer, String>> + Send>>;

/// Who sends them: the one path of local requests, with `tm:local-request`.
pub trait OwnRequests: Debug + Send + Sync {
    /// Sends one for a tenant. The status of its final answer: 408 where none came, 503 where it
    /// could not be sent. None where nobody was asked: a handler dropped it, or there is no room
    /// for it.
    fn send(self: Arc<Self>, tenant: TenantIndex, request: FlowRequest) -> FinalStatus;

    /// Sends one for a tenant to a peer.
    fn ask_peer(self: Arc<Self>, tenant: TenantIndex, request: PeerRequest) -> PeerAnswering;
}
