//! `core:pre-routing`.

use evroute_bindings::exports::evroute::core::pre_routing::Verdict as WitVerdict;
use evroute_bindings::handle;
use evroute_event::{Event, EventName, FailPolicy, Subject};
use evroute_module_api::GuestEvent;

/// `event_route[core:pre-routing]`: a message was read and parsed, nothing is decided yet.
#[derive(Debug)]
pub struct PreRouting {
    /// The message.
    pub subject: Subject,
}

/// What becomes of the message.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum PreRoutingVerdict {
    /// It goes on.
    Continue,
    /// It is forgotten.
    Drop,
}

impl Event for PreRouting {
    const NAME: EventName = EventName::new("core:pre-routing");
    type Verdict = PreRoutingVerdict;

    fn on_failure(&self, policy: FailPolicy) -> PreRoutingVerdict {
        match policy {
            FailPolicy::Open => PreRoutingVerdict::Continue,
            FailPolicy::Closed => PreRoutingVerdict::Drop,
        }
    }

    fn is_continue(verdict: &PreRoutingVerdict) -> bool {
        *verdict == PreRoutingVerdict::Continue
    }

    fn subject(&self) -> &Subject {
        &self.subject
    }

    fn subject_mut(&mut self) -> &mut Subject {
        &mut self.subject
    }
}

impl GuestEvent for PreRouting {
    type Handle = handle::PreRoutingEvent;
    type Wit = WitVerdict;
    const INTERFACE: &'static str = "evroute:core/pre-routing@0.1.0";

    fn decide(&self, verdict: WitVerdict) -> Result<PreRoutingVerdict, String> {
        Ok(match verdict {
            WitVerdict::Continue => PreRoutingVerdict::Continue,
            WitVerdict::Drop => PreRoutingVerdict::Drop,
        })
    }
}
