//! What this module raises: `tm:local-request` and `tm:local-response`.

use std::sync::Arc;

use evroute_bindings::export;
use evroute_bindings::exports::evroute::tm::local_request::Verdict as WitVerdict;
use evroute_event::{FailPolicy, Subject, Verdict, event};
use evroute_module_api::{EventBinding, GuestEvent, TypedBinding};

/// All of them, in the order of the reference.
pub(crate) fn bindings() -> Vec<Arc<dyn EventBinding>> {
    vec![
        Arc::new(TypedBinding::<LocalRequest>::default()),
        Arc::new(TypedBinding::<LocalResponse>::default()),
    ]
}

/// `event_route[tm:local-request]`: the server is about to send a request of its own.
#[derive(Debug)]
pub struct LocalRequest {
    /// The request; its next hop is chosen after the run.
    pub subject: Subject,
}

/// What becomes of a local request.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum LocalRequestVerdict {
    /// It is sent, as edited.
    Send,
    /// It is not sent, and whoever asked for it gets an error. Kamailio's `drop`.
    Drop,
}

impl Verdict for LocalRequestVerdict {
    const CASES: &'static [&'static str] = &["send", "drop"];

    fn case(&self) -> usize {
        match self {
            Self::Send => 0,
            Self::Drop => 1,
        }
    }

    fn on_failure(policy: FailPolicy) -> Self {
        match policy {
            FailPolicy::Open => Self::Send,
            FailPolicy::Closed => Self::Drop,
        }
    }

    fn is_continue(&self) -> bool {
        *self == Self::Send
    }
}

event!(LocalRequest: "tm:local-request" -> LocalRequestVerdict);

impl From<WitVerdict> for LocalRequestVerdict {
    fn from(verdict: WitVerdict) -> Self {
        match verdict {
            WitVerdict::Send => Self::Send,
            WitVerdict::Drop => Self::Drop,
        }
    }
}

impl GuestEvent for LocalRequest {
    type Export = export::TmLocalRequest;
}

/// `event_route[tm:local-response]`: the server has sent a response that it made itself.
#[derive(Debug)]
pub struct LocalResponse {
    /// The response, which has left: no edit is honoured.
    pub subject: Subject,
}

event!(LocalResponse: "tm:local-response" -> ());

impl GuestEvent for LocalResponse {
    type Export = export::TmLocalResponse;
}
