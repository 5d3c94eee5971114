//! What this module raises: `tm:local-request` and `tm:local-response`.

use evroute_bindings::exports::evroute::tm::local_request::Verdict as WitVerdict;
use evroute_bindings::handle;
use evroute_event::{Event, EventName, FailPolicy, Subject};
use evroute_module_api::GuestEvent;

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
    /// It is not sent, and whoever asked for it is told so. Kamailio's `drop`.
    Drop,
}

impl Event for LocalRequest {
    const NAME: EventName = EventName::new("tm:local-request");
    type Verdict = LocalRequestVerdict;

    fn on_failure(&self, policy: FailPolicy) -> LocalRequestVerdict {
        match policy {
            FailPolicy::Open => LocalRequestVerdict::Send,
            FailPolicy::Closed => LocalRequestVerdict::Drop,
        }
    }

    fn is_continue(verdict: &LocalRequestVerdict) -> bool {
        *verdict == LocalRequestVerdict::Send
    }

    fn subject(&self) -> &Subject {
        &self.subject
    }

    fn subject_mut(&mut self) -> &mut Subject {
        &mut self.subject
    }
}

impl GuestEvent for LocalRequest {
    type Handle = handle::LocalRequestEvent;
    type Wit = WitVerdict;
    const INTERFACE: &'static str = "evroute:tm/local-request@0.1.0";

    fn decide(&self, verdict: WitVerdict) -> Result<LocalRequestVerdict, String> {
        Ok(match verdict {
            WitVerdict::Send => LocalRequestVerdict::Send,
            WitVerdict::Drop => LocalRequestVerdict::Drop,
        })
    }
}

/// `event_route[tm:local-response]`: the server has sent a response that it made itself.
#[derive(Debug)]
pub struct LocalResponse {
    /// The response, which has left: no edit is honoured.
    pub subject: Subject,
}

impl Event for LocalResponse {
    const NAME: EventName = EventName::new("tm:local-response");
    type Verdict = ();

    fn on_failure(&self, _policy: FailPolicy) {}

    fn is_continue((): &()) -> bool {
        true
    }

    fn subject(&self) -> &Subject {
        &self.subject
    }

    fn subject_mut(&mut self) -> &mut Subject {
        &mut self.subject
    }
}

impl GuestEvent for LocalResponse {
    type Handle = handle::LocalResponseEvent;
    type Wit = ();
    const INTERFACE: &'static str = "evroute:tm/local-response@0.1.0";

    fn decide(&self, (): ()) -> Result<(), String> {
        Ok(())
    }
}
