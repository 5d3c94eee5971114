//! `core:reply`.

use evroute_bindings::exports::evroute::core::reply::Verdict as WitVerdict;
use evroute_bindings::handle;
use evroute_event::{Event, EventName, FailPolicy, Subject};
use evroute_module_api::GuestEvent;

/// `core:reply`, Kamailio's `reply_route`: a response came back for a forwarded request.
#[derive(Debug)]
pub struct Reply {
    /// The response, our Via still on top.
    pub subject: Subject,
    /// Whether it may be absorbed: provisional responses only.
    pub can_drop: bool,
}

/// What becomes of the response.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum ReplyVerdict {
    /// It goes on to the caller.
    Forward,
    /// It is absorbed.
    Drop,
}

impl Event for Reply {
    const NAME: EventName = EventName::new("core:reply");
    type Verdict = ReplyVerdict;

    /// The caller waits for it, so a failed run never takes it away.
    fn on_failure(&self, policy: FailPolicy) -> ReplyVerdict {
        match policy {
            FailPolicy::Open | FailPolicy::Closed => ReplyVerdict::Forward,
        }
    }

    fn is_continue(verdict: &ReplyVerdict) -> bool {
        *verdict == ReplyVerdict::Forward
    }

    fn subject(&self) -> &Subject {
        &self.subject
    }

    fn subject_mut(&mut self) -> &mut Subject {
        &mut self.subject
    }
}

impl GuestEvent for Reply {
    type Handle = handle::ReplyEvent;
    type Wit = WitVerdict;
    const INTERFACE: &'static str = "evroute:core/reply@0.1.0";

    fn amends(&self, verdict: &WitVerdict) -> Option<String> {
        let is_lost = *verdict == WitVerdict::Drop && !self.can_drop;
        is_lost.then(|| "a final response cannot be dropped; it is forwarded".to_owned())
    }

    fn decide(&self, verdict: WitVerdict) -> Result<ReplyVerdict, String> {
        Ok(match verdict {
            WitVerdict::Drop if self.can_drop => ReplyVerdict::Drop,
            // Its caller waits for it; what the handler changed about it stays (Kamailio, too).
            WitVerdict::Drop | WitVerdict::Forward => ReplyVerdict::Forward,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_final_response_is_forwarded_as_edited_whatever_the_handler_wants() {
        let reply = |can_drop| Reply {
            subject: Subject::at(1),
            can_drop,
        };
        let (provisional, last) = (reply(true), reply(false));
        assert_eq!(provisional.decide(WitVerdict::Drop), Ok(ReplyVerdict::Drop));
        assert_eq!(provisional.amends(&WitVerdict::Drop), None);
        assert_eq!(last.decide(WitVerdict::Drop), Ok(ReplyVerdict::Forward));
        assert!(last.amends(&WitVerdict::Drop).is_some());
        assert_eq!(last.amends(&WitVerdict::Forward), None);
    }
}
