//! `core:pre-routing`.

use evroute_bindings::export;
use evroute_bindings::exports::evroute::core::pre_routing::Verdict as WitVerdict;
use evroute_event::{FailPolicy, Subject, Verdict, event};
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

impl Verdict for PreRoutingVerdict {
    const CASES: &'static [&'static str] = &["continue", "drop"];

    fn case(&self) -> usize {
        match self {
            Self::Continue => 0,
            Self::Drop => 1,
        }
    }

    fn on_failure(policy: FailPolicy) -> Self {
        match policy {
            FailPolicy::Open => Self::Continue,
            FailPolicy::Closed => Self::Drop,
        }
    }

    fn is_continue(&self) -> bool {
        *self == Self::Continue
    }
}

event!(PreRouting: "core:pre-routing" -> PreRoutingVerdict);

impl From<WitVerdict> for PreRoutingVerdict {
    fn from(verdict: WitVerdict) -> Self {
        match verdict {
            WitVerdict::Continue => Self::Continue,
            WitVerdict::Drop => Self::Drop,
        }
    }
}

impl GuestEvent for PreRouting {
    type Export = export::CorePreRouting;
}
