//! `core:request`.

use evroute_bindings::exports::evroute::core::request::Verdict as WitVerdict;
use evroute_bindings::handle;
use evroute_event::{Event, EventName, FailPolicy, Subject};
use evroute_module_api::GuestEvent;

/// The longest reason phrase of a handler: the answer has to fit a datagram.
const REASON_BYTES_MAX: usize = 255;

/// `core:request`, Kamailio's `request_route`: a new request will be routed.
#[derive(Debug)]
pub struct Request {
    /// The request.
    pub subject: Subject,
}

/// What becomes of the request.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum RequestVerdict {
    /// It is routed as without a handler.
    Pass,
    /// It is answered here. An ACK is dropped.
    Reject {
        /// 300 to 699.
        code: u16,
        /// The reason phrase; none means the usual one.
        reason: Option<String>,
    },
    /// It is absorbed without an answer.
    Drop,
}

impl Event for Request {
    const NAME: EventName = EventName::new("core:request");
    type Verdict = RequestVerdict;

    fn on_failure(&self, policy: FailPolicy) -> RequestVerdict {
        match policy {
            FailPolicy::Open => RequestVerdict::Pass,
            FailPolicy::Closed => RequestVerdict::Reject {
                code: 500,
                reason: None,
            },
        }
    }

    fn carries_on(verdict: &RequestVerdict) -> bool {
        *verdict == RequestVerdict::Pass
    }

    fn subject(&self) -> &Subject {
        &self.subject
    }

    fn subject_mut(&mut self) -> &mut Subject {
        &mut self.subject
    }
}

impl GuestEvent for Request {
    type Handle = handle::RequestEvent;
    type Wit = WitVerdict;
    const INTERFACE: &'static str = "evroute:core/request@0.1.0";

    fn decide(&self, verdict: WitVerdict) -> Result<RequestVerdict, String> {
        match verdict {
            WitVerdict::Pass => Ok(RequestVerdict::Pass),
            WitVerdict::Drop => Ok(RequestVerdict::Drop),
            WitVerdict::Reject(rejection) => {
                let breaks = |c: char| c.is_control();
                if !(300..=699).contains(&rejection.code) {
                    return Err(format!(
                        "{} is no status code to reject with",
                        rejection.code
                    ));
                }
                if rejection
                    .reason
                    .as_deref()
                    .is_some_and(|reason| reason.contains(breaks))
                {
                    return Err("control characters in a reason phrase".to_owned());
                }
                if rejection.reason.as_deref().map_or(0, str::len) > REASON_BYTES_MAX {
                    return Err(format!(
                        "a reason phrase of more than {REASON_BYTES_MAX} octets"
                    ));
                }
                Ok(RequestVerdict::Reject {
                    code: rejection.code,
                    reason: rejection.reason,
                })
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use evroute_bindings::evroute::core::types::Rejection;

    use super::*;

    #[test]
    fn a_rejection_that_could_not_be_sent_is_no_verdict() {
        let request = Request {
            subject: Subject::at(1),
        };
        let decided = |code, reason: String| {
            let reason = Some(reason);
            request.decide(WitVerdict::Reject(Rejection { code, reason }))
        };
        assert!(decided(403, "x".repeat(255)).is_ok());
        decided(403, "x".repeat(256)).unwrap_err();
        decided(403, "a\r\nb".to_owned()).unwrap_err();
        decided(200, String::new()).unwrap_err();
        decided(700, String::new()).unwrap_err();
    }
}
