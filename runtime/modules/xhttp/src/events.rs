//! What this module raises.

use std::sync::Arc;

use bytes::Bytes;
use evroute_bindings::evroute::xhttp::types::{Answer, HeaderField};
use evroute_bindings::export;
use evroute_bindings::exports::evroute::xhttp::request::Verdict as WitVerdict;
use evroute_event::{FailPolicy, Subject, Verdict, event};
use evroute_http::{
    FIELDS_MAX, HttpField, HttpReply, REASON_BYTES_MAX, check_field, clean_reason, usual_reason,
};
use evroute_module_api::{EventBinding, GuestEvent, TypedBinding};

/// All of them, in the order of the reference.
pub(crate) fn bindings() -> Vec<Arc<dyn EventBinding>> {
    vec![
        Arc::new(TypedBinding::<XhttpRequest>::default()),
        Arc::new(TypedBinding::<WebSocketClosed>::default()),
    ]
}

/// `xhttp:request`: a request of HTTP came.
#[derive(Clone, Debug)]
pub struct XhttpRequest {
    /// The request, in [`Subject::http`], and the way it came.
    pub subject: Subject,
}

/// `websocket:closed`: a connection of WebSocket is gone.
#[derive(Clone, Debug)]
pub struct WebSocketClosed {
    /// When, and the way that it was; no message.
    pub subject: Subject,
    /// What its handshake asked for.
    pub target: String,
    /// The page that asked for it.
    pub origin: Option<String>,
    /// When its handshake was done, in seconds since 1970.
    pub opened_at: u64,
}

event!(WebSocketClosed: "websocket:closed" -> ());

impl GuestEvent for WebSocketClosed {
    type Export = export::WebsocketClosed;
}

/// What becomes of a request of HTTP.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum XhttpVerdict {
    /// What the server does without a handler: a handshake of WebSocket, or 404.
    Pass,
    /// It is answered so.
    Reply(HttpReply),
    /// It is answered so, and the connection is closed.
    ReplyAndClose(HttpReply),
    /// The connection becomes a WebSocket.
    Upgrade,
    /// The connection is closed without an answer.
    Drop,
}

impl XhttpVerdict {
    /// What is answered, where something is.
    #[must_use]
    pub const fn reply(&self) -> Option<&HttpReply> {
        match self {
            Self::Reply(reply) | Self::ReplyAndClose(reply) => Some(reply),
            Self::Pass | Self::Upgrade | Self::Drop => None,
        }
    }
}

impl Verdict for XhttpVerdict {
    const CASES: &'static [&'static str] = &["pass", "reply", "reply-and-close", "upgrade", "drop"];

    fn case(&self) -> usize {
        match self {
            Self::Pass => 0,
            Self::Reply(_) => 1,
            Self::ReplyAndClose(_) => 2,
            Self::Upgrade => 3,
            Self::Drop => 4,
        }
    }

    /// Code and reason phrase, as they are sent.
    fn carries(&self) -> Option<String> {
        let HttpReply { status, reason, .. } = self.reply()?;
        Some(match reason.as_deref().unwrap_or(usual_reason(*status)) {
            "" => status.to_string(),
            reason => format!("{status} {reason}"),
        })
    }

    fn on_failure(policy: FailPolicy) -> Self {
        match policy {
            FailPolicy::Open => Self::Pass,
            FailPolicy::Closed => Self::Reply(HttpReply::of(500)),
        }
    }

    /// HTTP has no 6xx.
    fn rejection(code: u16) -> Option<Self> {
        (300..=599)
            .contains(&code)
            .then(|| Self::Reply(HttpReply::of(code)))
    }

    fn is_continue(&self) -> bool {
        *self == Self::Pass
    }
}

event!(XhttpRequest: "xhttp:request" -> XhttpVerdict);

/// Whatever is wrong with the form of an answer, the request is answered.
impl From<WitVerdict> for XhttpVerdict {
    fn from(verdict: WitVerdict) -> Self {
        match verdict {
            WitVerdict::Pass => Self::Pass,
            WitVerdict::Reply(answer) => Self::Reply(reply(answer)),
            WitVerdict::ReplyAndClose(answer) => Self::ReplyAndClose(reply(answer)),
            WitVerdict::Upgrade => Self::Upgrade,
            WitVerdict::Drop => Self::Drop,
        }
    }
}

impl GuestEvent for XhttpRequest {
    type Export = export::XhttpRequest;

    fn amends(&self, verdict: &WitVerdict) -> Option<String> {
        match verdict {
            WitVerdict::Reply(answer) | WitVerdict::ReplyAndClose(answer) => amended(answer),
            WitVerdict::Pass | WitVerdict::Upgrade | WitVerdict::Drop => None,
        }
    }
}

/// What can be sent of an answer.
fn reply(answer: Answer) -> HttpReply {
    let Answer {
        status,
        reason,
        headers,
        body,
    } = answer;
    let fields = headers.into_iter().map(field);
    let fields = fields.filter(|field| field.check().is_ok());
    HttpReply {
        status: if is_final(status) { status } else { 500 },
        reason: reason.map(|reason| clean_reason(&reason).into_owned()),
        fields: fields.take(FIELDS_MAX).collect(),
        body: body.into(),
    }
}

fn field(field: HeaderField) -> HttpField {
    let HeaderField { name, value } = field;
    HttpField {
        name,
        value: Bytes::from(value),
    }
}

/// What cannot be sent of an answer, the first of it.
fn amended(answer: &Answer) -> Option<String> {
    let status = answer.status;
    if !is_final(status) {
        return Some(format!(
            "{status} is no status code to answer with; 500 is sent"
        ));
    }
    let reason = answer.reason.as_deref().unwrap_or_default();
    if clean_reason(reason) != reason {
        return Some(format!(
            "the reason phrase of the {status} is sent without control characters and cut to \
             {REASON_BYTES_MAX} bytes"
        ));
    }
    let unfit = answer.headers.iter().find_map(|given| {
        let why = check_field(&given.name, &given.value).err()?;
        let name: String = given.name.chars().take(64).collect();
        Some(format!("header field {name:?} is left out: {why}"))
    });
    let too_many = || {
        let is_more = answer.headers.len() > FIELDS_MAX;
        is_more.then(|| format!("the first {FIELDS_MAX} header fields of the {status} are sent"))
    };
    unfit.or_else(too_many)
}

/// Whether a request can be answered with it: 1xx are the server's.
fn is_final(status: u16) -> bool {
    (200..=599).contains(&status)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn answer(status: u16, reason: Option<&str>, headers: &[(&str, &str)]) -> WitVerdict {
        let field = |(name, value): &(&str, &str)| HeaderField {
            name: (*name).to_owned(),
            value: value.as_bytes().to_vec(),
        };
        WitVerdict::Reply(Answer {
            status,
            reason: reason.map(str::to_owned),
            headers: headers.iter().map(field).collect(),
            body: b"x".to_vec(),
        })
    }

    #[test]
    fn a_request_is_answered_whatever_the_form_of_its_answer() {
        let event = XhttpRequest {
            subject: Subject::at(1),
        };
        let many = vec![("X", "y"); FIELDS_MAX + 1];
        for (given, carried, fields, said) in [
            (answer(200, Some("OK"), &[("A", "b")]), "200 OK", 1, None),
            (answer(599, None, &[]), "599", 0, None),
            (answer(101, Some("x"), &[]), "500 x", 0, Some("101 is no")),
            (
                answer(0, None, &[]),
                "500 Internal Server Error",
                0,
                Some("0 is no"),
            ),
            (
                answer(200, Some("a\r\nb"), &[]),
                "200 a  b",
                0,
                Some("reason phrase"),
            ),
            (
                answer(200, None, &[("A", "b\r\nC: d"), ("E", "f")]),
                "200 OK",
                1,
                Some("\"A\""),
            ),
            (
                answer(200, None, &[("Content-Length", "0")]),
                "200 OK",
                0,
                Some("Content-Length"),
            ),
            (
                answer(200, None, &many),
                "200 OK",
                FIELDS_MAX,
                Some("first 64"),
            ),
        ] {
            let why = event.amends(&given);
            assert_eq!(why.is_some(), said.is_some(), "{why:?}");
            assert!(why.unwrap_or_default().contains(said.unwrap_or_default()));
            let verdict = event.decide(given).unwrap();
            assert_eq!(verdict.carries().as_deref(), Some(carried));
            assert_eq!(
                verdict.reply().map(|reply| reply.fields.len()),
                Some(fields)
            );
        }
        assert_eq!(event.amends(&WitVerdict::Pass), None);
    }

    #[test]
    fn a_failed_run_is_answered_as_its_policy_says() {
        assert_eq!(
            XhttpVerdict::on_failure(FailPolicy::Open),
            XhttpVerdict::Pass
        );
        let closed = XhttpVerdict::on_failure(FailPolicy::Closed);
        assert_eq!(
            closed.carries().as_deref(),
            Some("500 Internal Server Error")
        );
        let words = [302, 503, 603].map(|code| {
            let rejection = XhttpVerdict::rejection(code)?;
            rejection.carries()
        });
        let [found, unavailable] = ["302 Found", "503 Service Unavailable"].map(str::to_owned);
        assert_eq!(words, [Some(found), Some(unavailable), None]);
    }
}
