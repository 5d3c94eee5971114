//! Events about HTTP.

use std::any::Any;
use std::sync::Arc;

use bytes::Bytes;
use evroute_event::Subject;
use evroute_http::{HttpField, HttpRequest};
use evroute_module_xhttp::{WebSocketClosed, XhttpRequest, XhttpVerdict};

use super::{InCases, Kind, kind, missing, quiet};
use crate::case::Case;
use crate::hop::Hop;
use crate::mismatch::Mismatch;

pub(super) fn kinds() -> Vec<Kind> {
    vec![kind::<XhttpRequest>(), kind::<WebSocketClosed>()]
}

impl InCases for XhttpRequest {
    const EXAMPLE: &'static str = r#"http = { method = "GET", target = "/health?full=1", headers = ["Host: example.com"], body = "ping" }"#;

    fn build(case: &Case) -> Result<Self, String> {
        let http = case.http.as_ref();
        let http = http.ok_or_else(|| missing("http = { method, target }"))?;
        let request = HttpRequest {
            method: http.method.clone(),
            target: http.target.clone(),
            is_1_1: true,
            fields: http.headers.iter().map(|line| field(line)).collect(),
            body: Bytes::from(http.body.clone()),
        };
        Ok(Self {
            subject: Subject {
                http: Some(Arc::new(request)),
                source: Some(case.source.unwrap_or(Hop::HTTP_SOURCE).end),
                received: Some(case.received.unwrap_or(Hop::HTTP_RECEIVED).end),
                ..quiet(case)
            },
        })
    }
}

impl InCases for WebSocketClosed {
    const EXAMPLE: &'static str =
        r#"websocket = { target = "/sip", origin = "https://phone.example.com" }"#;

    fn build(case: &Case) -> Result<Self, String> {
        let closed = case.websocket.as_ref();
        let closed = closed.ok_or_else(|| missing("websocket = { target }"))?;
        Ok(Self {
            subject: Subject {
                source: Some(case.source.unwrap_or(Hop::WEBSOCKET_SOURCE).end),
                received: Some(case.received.unwrap_or(Hop::WEBSOCKET_RECEIVED).end),
                ..quiet(case)
            },
            target: closed.target.clone(),
            origin: closed.origin.clone(),
            opened_at: closed.opened_at,
        })
    }
}

fn field(line: &str) -> HttpField {
    let (name, value) = line.split_once(':').unwrap_or((line, ""));
    HttpField {
        name: name.trim().to_owned(),
        value: Bytes::copy_from_slice(value.trim().as_bytes()),
    }
}

/// What of an answer is not as the case says.
pub(crate) fn differences(verdict: Option<&(dyn Any + Send)>, case: &Case) -> Vec<Mismatch> {
    let verdict = verdict.and_then(|verdict| verdict.downcast_ref::<XhttpVerdict>());
    let reply = verdict.and_then(XhttpVerdict::reply);
    let fields = reply.iter().flat_map(|reply| &reply.fields);
    let line = |field: &HttpField| {
        let value = String::from_utf8_lossy(&field.value);
        format!("{}: {value}", field.name)
    };
    let found = fields.map(line).collect();
    let headers = Mismatch::between("answer.headers", case.answer.headers.clone(), found);
    let lines = |text: &str| text.lines().map(str::to_owned).collect();
    let body = reply.map(|reply| String::from_utf8_lossy(&reply.body));
    let body = lines(&body.unwrap_or_default());
    let body = Mismatch::between("answer.body", lines(&case.answer.body), body);
    headers.into_iter().chain(body).collect()
}
