//! Events of the core.

use bytes::Bytes;
use evroute_event::{EditScope, ReplyParts, Subject};
use evroute_module_core::events::{PreRouting, ReceiveParseError, Reply, Request, SourceBlocked};

use super::{InCases, Kind, REQUEST, RESPONSE, about, kind, missing, quiet};
use crate::case::Case;
use crate::hop::Hop;

pub(super) fn kinds() -> Vec<Kind> {
    vec![
        kind::<PreRouting>(),
        kind::<Request>(),
        kind::<Reply>(),
        kind::<ReceiveParseError>(),
        kind::<SourceBlocked>(),
    ]
}

impl InCases for PreRouting {
    const EXAMPLE: &'static str = REQUEST;

    fn build(case: &Case) -> Result<Self, String> {
        let subject = about(case, EditScope::Routing)?;
        let is_request = subject
            .message
            .as_ref()
            .is_some_and(|message| message.status().is_none());
        let edits = if is_request {
            EditScope::Routing
        } else {
            EditScope::Content
        };
        Ok(Self {
            subject: Subject { edits, ..subject },
        })
    }
}

impl InCases for Request {
    const EXAMPLE: &'static str = REQUEST;

    fn build(case: &Case) -> Result<Self, String> {
        let subject = about(case, EditScope::Routing)?;
        let reply = Some(ReplyParts::default());
        Ok(Self {
            subject: Subject { reply, ..subject },
        })
    }
}

impl InCases for Reply {
    const EXAMPLE: &'static str = RESPONSE;

    fn build(case: &Case) -> Result<Self, String> {
        let subject = about(case, EditScope::Content)?;
        let status = subject
            .message
            .as_ref()
            .and_then(evroute_sip::Message::status);
        let status = status.ok_or_else(|| missing("a response in message"))?;
        Ok(Self {
            subject,
            can_drop: status < 200,
        })
    }
}

impl InCases for ReceiveParseError {
    const EXAMPLE: &'static str = r#"unreadable = { reason = "no colon", raw = "INVITE" }"#;

    fn build(case: &Case) -> Result<Self, String> {
        let unreadable = case.unreadable.as_ref();
        let unreadable = unreadable.ok_or_else(|| missing("unreadable = { reason, raw }"))?;
        Ok(Self {
            subject: on_its_way(case),
            reason: unreadable.reason.clone(),
            raw: Bytes::from(unreadable.raw.clone()),
        })
    }
}

impl InCases for SourceBlocked {
    const EXAMPLE: &'static str = r#"blocked = { address = "192.0.2.66", seconds = 60 }"#;

    fn build(case: &Case) -> Result<Self, String> {
        let blocked = case.blocked.as_ref();
        let blocked = blocked.ok_or_else(|| missing("blocked = { address, user, seconds }"))?;
        Ok(Self {
            subject: on_its_way(case),
            address: blocked.address.to_string(),
            user: blocked.user.clone(),
            seconds: blocked.seconds,
        })
    }
}

/// What came from somewhere and is no message.
fn on_its_way(case: &Case) -> Subject {
    Subject {
        source: Some(case.source.unwrap_or(Hop::SOURCE).end),
        received: Some(case.received.unwrap_or(Hop::RECEIVED).end),
        ..quiet(case)
    }
}
