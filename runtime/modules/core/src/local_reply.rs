//! Responses that the server makes itself.

use bytes::Bytes;
use evroute_event::ReplyParts;
use evroute_sip::{EditError, HeaderName, Message};
use evroute_transaction_layer::ServerTransaction;

use crate::core::Core;

/// When a server that is stopping, or has no room for more work, may be asked again.
pub(crate) const RETRY_AFTER_SECONDS: &str = "10";

/// What an answer has beside what every answer has.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Additions<'a> {
    /// Header fields of the server's own.
    Own(&'a [(HeaderName<'a>, String)]),
    /// What handlers have added.
    Handlers(&'a ReplyParts),
}

/// Answers a request, and raises `tm:local-response` after the answer left.
pub(crate) async fn respond(
    core: &Core,
    transaction: &ServerTransaction,
    code: u16,
    reason: &str,
    headers: &[(HeaderName<'_>, String)],
) {
    respond_with(core, transaction, code, reason, Additions::Own(headers)).await;
}

/// The same with any additions.
pub(crate) async fn respond_with(
    core: &Core,
    transaction: &ServerTransaction,
    code: u16,
    reason: &str,
    additions: Additions<'_>,
) {
    if let Some(response) = send_with(core, transaction, code, reason, additions) {
        core.uac.responded(transaction, response).await;
    }
}

/// Answers a request: the answer, which `tm:local-response` is about; none where nothing was sent.
pub(crate) fn send(
    core: &Core,
    transaction: &ServerTransaction,
    code: u16,
    reason: &str,
    headers: &[(HeaderName<'_>, String)],
) -> Option<Message> {
    send_with(core, transaction, code, reason, Additions::Own(headers))
}

fn send_with(
    core: &Core,
    transaction: &ServerTransaction,
    code: u16,
    reason: &str,
    additions: Additions<'_>,
) -> Option<Message> {
    let mut response = make_with(core, transaction, code, reason, additions)?;
    let mut code = code;
    let to = &transaction.reply_to;
    if !to.proto.takes(response.printed_len(), to.remote.ip()) {
        let (tenant, call_id) = core.about(transaction.tenant, &response);
        tracing::warn!(
            tenant,
            call_id,
            code,
            "an answer is too large for a datagram"
        );
        let mut reason = reason;
        // A refusal stays what it is, without what handlers have added.
        if code < 300 || matches!(additions, Additions::Own(_)) {
            (code, reason) = (500, "Response Too Large");
        }
        response = make(core, transaction, code, reason, &[])?;
    }
    match core.layer.respond(transaction.id, code, response.print()) {
        Ok(()) => Some(response),
        Err(error) => {
            let (tenant, call_id) = core.about(transaction.tenant, &response);
            tracing::debug!(tenant, call_id, %error, "an answer was not sent");
            None
        }
    }
}

/// An answer with a To tag of ours. None where it comes too late or the request has nothing to
/// answer to.
pub(crate) fn make(
    core: &Core,
    transaction: &ServerTransaction,
    code: u16,
    reason: &str,
    headers: &[(HeaderName<'_>, String)],
) -> Option<Message> {
    make_with(core, transaction, code, reason, Additions::Own(headers))
}

fn make_with(
    core: &Core,
    transaction: &ServerTransaction,
    code: u16,
    reason: &str,
    additions: Additions<'_>,
) -> Option<Message> {
    let Some(request) = transaction.request.get() else {
        let tenant = core.name(transaction.tenant);
        tracing::debug!(tenant, code, "an answer came too late");
        return None;
    };
    let about = || core.about(transaction.tenant, &request);
    let tag = core.uac.branches().tag(&request);
    let mut response = Message::response_to(&request, code, reason, Some(&tag))
        .inspect_err(|error| {
            let (tenant, call_id) = about();
            tracing::warn!(tenant, call_id, %error, "no answer could be made");
        })
        .ok()?;
    let told = |name: &HeaderName<'_>, error: EditError| {
        let (tenant, call_id) = about();
        tracing::warn!(tenant, call_id, %error, %name, "a header field was omitted from an answer");
    };
    match additions {
        Additions::Own(headers) => {
            for (name, value) in headers {
                let added = response.append_header(*name, value);
                added.unwrap_or_else(|error| told(name, error));
            }
        }
        Additions::Handlers(parts) => {
            for (name, value) in &parts.headers {
                let name = HeaderName::from(name);
                let added = response.append_header(name, value);
                added.unwrap_or_else(|error| told(&name, error));
            }
            if let Some((content_type, body)) = &parts.body {
                let added = response.set_body(Some(content_type), Bytes::from(body.clone()));
                added.unwrap_or_else(|error| told(&HeaderName::ContentType, error));
            }
        }
    }
    Some(response)
}
