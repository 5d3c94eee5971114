//! Responses that the server makes itself.

use evroute_sip::{HeaderName, Message};
use evroute_transaction_layer::ServerTransaction;

use crate::core::Core;

/// When a server that is stopping, or has no room for more work, may be asked again.
pub(crate) const RETRY_AFTER_SECONDS: &str = "10";

/// Answers a request, and raises `tm:local-response` after the answer left.
pub(crate) async fn respond(
    core: &Core,
    transaction: &ServerTransaction,
    code: u16,
    reason: &str,
    headers: &[(HeaderName<'_>, String)],
) {
    if let Some(response) = send(core, transaction, code, reason, headers) {
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
    let mut response = make(core, transaction, code, reason, headers)?;
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
        code = 500;
        response = make(core, transaction, code, "Response Too Large", &[])?;
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
    for (name, value) in headers {
        if let Err(error) = response.append_header(*name, value) {
            let (tenant, call_id) = about();
            tracing::warn!(tenant, call_id, %error, %name, "a header field was omitted from an answer");
        }
    }
    Some(response)
}
