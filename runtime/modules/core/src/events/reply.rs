//! `core:reply`.

use evroute_bindings::export;
use evroute_bindings::exports::evroute::core::reply::Verdict as WitVerdict;
use evroute_event::{FailPolicy, Subject, Verdict, event};
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

impl Verdict for ReplyVerdict {
    const CASES: &'static [&'static str] = &["forward", "drop"];

    fn case(&self) -> usize {
        match self {
            Self::Forward => 0,
            Self::Drop => 1,
        }
    }

    /// The caller waits for it, so a failed run never takes it away.
    fn on_failure(policy: FailPolicy) -> Self {
        match policy {
            FailPolicy::Open | FailPolicy::Closed => Self::Forward,
        }
    }

    fn is_continue(&self) -> bool {
        *self == Self::Forward
    }
}

event!(Reply: "core:reply" -> ReplyVerdict);

impl From<WitVerdict> for ReplyVerdict {
    fn from(verdict: WitVerdict) -> Self {
        match verdict {
            WitVerdict::Forward => Self::Forward,
            WitVerdict::Drop => Self::Drop,
        }
    }
}

impl GuestEvent for Reply {
    type Export = export::CoreReply;

    fn amends(&self, verdict: &WitVerdict) -> Option<String> {
        let is_lost = *verdict == WitVerdict::Drop && !self.can_drop;
        is_lost.then(|| "a final response cannot be dropped; it is forwarded".to_owned())
    }

    /// Its caller waits for a final response; what the handler changed about it stays (Kamailio,
    /// too).
    fn decide(&self, verdict: WitVerdict) -> Result<ReplyVerdict, String> {
        Ok(if self.can_drop {
            verdict.into()
        } else {
            ReplyVerdict::Forward
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
