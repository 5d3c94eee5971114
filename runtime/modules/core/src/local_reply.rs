//! Responses that the server makes itself.

use evroute_module_tm::ServerSide;
use evroute_sip::{HeaderName, Message};

use crate::core::Core;

/// Answers a request, and raises `tm:local-response` after the answer left.
pub(crate) async fn respond(
    core: &Core,
    side: &ServerSide,
    code: u16,
    reason: &str,
    headers: &[(HeaderName<'_>, String)],
) {
    let Some(request) = side.request.get() else {
        tracing::debug!(code, "an answer came too late");
        return;
    };
    let Some(response) = make(core, &request, code, reason, headers) else {
        return;
    };
    match core.layer.respond(side.id, code, response.print()) {
        Ok(()) => core.origin.responded(side, response).await,
        Err(error) => tracing::debug!(%error, "an answer was not sent"),
    }
}

/// An answer with a To tag of ours. None where the request has nothing to answer to.
pub(crate) fn make(
    core: &Core,
    request: &Message,
    code: u16,
    reason: &str,
    headers: &[(HeaderName<'_>, String)],
) -> Option<Message> {
    let tag = core.origin.branches().tag(request);
    let mut response = Message::response_to(request, code, reason, Some(&tag))
        .inspect_err(|error| tracing::warn!(%error, "no answer could be made"))
        .ok()?;
    for (name, value) in headers {
        if let Err(error) = response.append_header(*name, value) {
            tracing::warn!(%error, %name, "a header field was left out of an answer");
        }
    }
    Some(response)
}
