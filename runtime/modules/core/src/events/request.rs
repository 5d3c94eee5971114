//! `core:request`.

use std::borrow::Cow;

use evroute_bindings::evroute::core::types::Rejection;
use evroute_bindings::export;
use evroute_bindings::exports::evroute::core::request::Verdict as WitVerdict;
use evroute_event::{FailPolicy, Subject, Verdict, event};
use evroute_module_api::GuestEvent;
use evroute_sip::{Message, Method};

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
        /// 300 to 699; 200 to 299 where the method allows it.
        code: u16,
        /// The reason phrase; none means the usual one.
        reason: Option<String>,
    },
    /// It is absorbed without an answer.
    Drop,
}

impl Verdict for RequestVerdict {
    const CASES: &'static [&'static str] = &["pass", "reject", "drop"];

    fn case(&self) -> usize {
        match self {
            Self::Pass => 0,
            Self::Reject { .. } => 1,
            Self::Drop => 2,
        }
    }

    fn carries(&self) -> Option<String> {
        match self {
            Self::Reject {
                code,
                reason: Some(reason),
            } => Some(format!("{code} {reason}")),
            Self::Reject { code, reason: None } => Some(code.to_string()),
            Self::Pass | Self::Drop => None,
        }
    }

    fn on_failure(policy: FailPolicy) -> Self {
        match policy {
            FailPolicy::Open => Self::Pass,
            FailPolicy::Closed => Self::Reject {
                code: 500,
                reason: None,
            },
        }
    }

    fn rejection(code: u16) -> Option<Self> {
        is_refusal(code).then_some(Self::Reject { code, reason: None })
    }

    fn is_continue(&self) -> bool {
        *self == Self::Pass
    }

    fn counts_without_effects(&self) -> bool {
        match self {
            Self::Pass => false,
            Self::Drop => true,
            // A success says that something was done, which then it was not.
            Self::Reject { code, .. } => is_refusal(*code),
        }
    }
}

event!(Request: "core:request" -> RequestVerdict);

/// Whatever is wrong with the form of a rejection, the request is rejected.
impl From<WitVerdict> for RequestVerdict {
    fn from(verdict: WitVerdict) -> Self {
        match verdict {
            WitVerdict::Pass => Self::Pass,
            WitVerdict::Drop => Self::Drop,
            WitVerdict::Reject(Rejection { code, reason }) => Self::Reject {
                code: if is_final(code) { code } else { 500 },
                reason: reason.map(|reason| clean(&reason).into_owned()),
            },
        }
    }
}

impl GuestEvent for Request {
    type Export = export::CoreRequest;

    fn amends(&self, verdict: &WitVerdict) -> Option<String> {
        let WitVerdict::Reject(rejection) = verdict else {
            return None;
        };
        let code = rejection.code;
        if let Err(why) = self.may_answer(code) {
            return Some(format!("{why}; 500 is sent"));
        }
        let reason = rejection.reason.as_deref()?;
        let is_cut = clean(reason) != reason;
        is_cut.then(|| {
            format!(
                "the reason phrase of the {code} is sent without control characters and cut to \
                 {REASON_BYTES_MAX} bytes"
            )
        })
    }

    fn decide(&self, verdict: WitVerdict) -> Result<RequestVerdict, String> {
        Ok(match verdict.into() {
            RequestVerdict::Reject { code, reason } if self.may_answer(code).is_err() => {
                RequestVerdict::Reject { code: 500, reason }
            }
            verdict => verdict,
        })
    }
}

impl Request {
    /// Whether a handler may answer this request so; a sentence where it may not.
    fn may_answer(&self, code: u16) -> Result<(), String> {
        let method = self.subject.message.as_ref().map(Message::method);
        match (code, method) {
            (300..=699, _) => Ok(()),
            (200..=299, Some(method)) if may_succeed(method) => Ok(()),
            (200..=299, Some(method)) => Err(format!(
                "no handler can answer {code} to {method}, which begins or changes what is kept \
                 between requests"
            )),
            _ => Err(format!("{code} is no status code to reject with")),
        }
    }
}

/// The methods whose success says that the request was received, and no more: nobody has to keep a
/// dialog, a subscription or a binding from then on (RFC 3261 11.2, RFC 3428 7, RFC 6086 4.2.2, RFC
/// 6665 4.1.3, RFC 3903 6). A success of INVITE begins a dialog and wants an ACK (RFC 3261
/// 13.3.1.4), one of SUBSCRIBE and REFER obliges to NOTIFY (RFC 6665 4.2.1.2, RFC 3515 2.4.4), one
/// of REGISTER lists what is registered (RFC 3261 10.3), those of BYE, PRACK and UPDATE change a
/// dialog that two others are in.
fn may_succeed(method: Method<'_>) -> bool {
    matches!(
        method,
        Method::Options | Method::Message | Method::Info | Method::Notify | Method::Publish
    )
}

/// Whether a request can be answered with it, whatever it is.
fn is_final(code: u16) -> bool {
    (200..=699).contains(&code)
}

/// Whether a request can be refused with it.
fn is_refusal(code: u16) -> bool {
    (300..=699).contains(&code)
}

/// A reason phrase as a status line takes it: control characters become spaces, what is too long is
/// cut between two characters.
fn clean(reason: &str) -> Cow<'_, str> {
    let end = reason.floor_char_boundary(REASON_BYTES_MAX);
    let cut = reason.get(..end).unwrap_or_default();
    if cut.contains(char::is_control) {
        Cow::Owned(cut.replace(char::is_control, " "))
    } else {
        Cow::Borrowed(cut)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_rejection_is_carried_out_whatever_its_form() {
        let request = Request {
            subject: Subject::at(1),
        };
        let long = "\u{e9}".repeat(200);
        for (given, sent) in [
            ((403, "No"), (403, "No")),
            ((403, &*"x".repeat(300)), (403, &*"x".repeat(255))),
            ((403, &*long), (403, &*"\u{e9}".repeat(127))),
            ((403, "a\r\nVia: b\x1b[0m\0"), (403, "a  Via: b [0m ")),
            ((200, "OK"), (500, "OK")),
            ((0, ""), (500, "")),
            ((700, ""), (500, "")),
            ((u16::MAX, ""), (500, "")),
        ] {
            let verdict = || {
                let (code, reason) = given;
                let reason = Some(reason.to_owned());
                WitVerdict::Reject(Rejection { code, reason })
            };
            assert_eq!(
                request.amends(&verdict()).is_none(),
                given == sent,
                "{given:?}"
            );
            let (code, reason) = (sent.0, Some(sent.1.to_owned()));
            let rejected = RequestVerdict::Reject { code, reason };
            assert_eq!(request.decide(verdict()), Ok(rejected));
        }
        assert_eq!(request.amends(&WitVerdict::Pass), None);
    }

    /// What becomes of a handler's 200 to a request of this method.
    fn succeeded(method: &str) -> (RequestVerdict, Option<String>) {
        let text = format!("{method} sip:a@b SIP/2.0\r\nCSeq: 1 {method}\r\n\r\n");
        let message = Message::parse(text.into(), evroute_sip::Framing::Datagram).unwrap();
        let request = Request {
            subject: Subject {
                message: Some(message),
                ..Subject::at(1)
            },
        };
        let verdict = || {
            let (code, reason) = (200, None);
            WitVerdict::Reject(Rejection { code, reason })
        };
        let decided = request.decide(verdict()).unwrap();
        (decided, request.amends(&verdict()))
    }

    #[test]
    fn a_success_is_given_where_it_leaves_nothing_to_be_kept() {
        for method in ["OPTIONS", "MESSAGE", "INFO", "NOTIFY", "PUBLISH"] {
            let (code, reason) = (200, None);
            let given = RequestVerdict::Reject { code, reason };
            assert!(!given.counts_without_effects());
            assert_eq!(succeeded(method), (given, None), "{method}");
        }
        for method in [
            "INVITE",
            "ACK",
            "BYE",
            "REGISTER",
            "SUBSCRIBE",
            "REFER",
            "PRACK",
            "UPDATE",
            "KDMQ",
        ] {
            let (verdict, why) = succeeded(method);
            let (code, reason) = (500, None);
            assert_eq!(verdict, RequestVerdict::Reject { code, reason }, "{method}");
            assert!(verdict.counts_without_effects());
            let why = why.unwrap();
            assert!(
                why.contains(method) && why.ends_with("500 is sent"),
                "{why}"
            );
        }
    }
}
