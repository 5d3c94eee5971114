//! Editing a message for a guest: what this event honours, what would break the message, what
//! belongs to the server.

use std::net::SocketAddr;
use std::sync::Arc;

use bytes::Bytes;
use evroute_bindings::evroute::sip::types::EditError;
use evroute_event::{EditScope, Subject};
use evroute_module_api::{RunState, TenantState};
use evroute_sip::{EditError as Refused, HeaderName, Message, Uri};
use evroute_tenant::Networks;

/// The message, if this event honours edits of its content.
pub(crate) fn content(subject: &mut Subject) -> Result<&mut Message, EditError> {
    match subject.edits {
        EditScope::Routing | EditScope::Content => {}
        EditScope::Nothing => return Err(EditError::NotAllowedHere),
    }
    subject.message.as_mut().ok_or(EditError::NotAllowedHere)
}

/// The message, if this event honours edits of where it goes.
fn routing(subject: &mut Subject) -> Result<&mut Message, EditError> {
    match subject.edits {
        EditScope::Routing => {}
        EditScope::Content | EditScope::Nothing => return Err(EditError::NotAllowedHere),
    }
    subject.message.as_mut().ok_or(EditError::NotAllowedHere)
}

/// Replaces the Request-URI.
pub(crate) fn set_request_uri(subject: &mut Subject, uri: &str) -> Result<(), EditError> {
    let message = routing(subject)?;
    check_uri(uri)?;
    message.set_request_uri(uri).map_err(from_sip)
}

/// Replaces where the message is sent, whatever its Route and Request-URI say; none takes that
/// back. An address that the tenant may not send to is refused; a name is looked at when it is
/// looked up.
pub(crate) fn set_next_hop(run: &mut RunState, uri: Option<&str>) -> Result<(), EditError> {
    let tenant = Arc::clone(&run.handler_context.tenant);
    let subject = run
        .subject_mut()
        .map_err(|error| EditError::Other(error.to_string()))?;
    routing(subject)?;
    if let Some(uri) = uri {
        check_uri(uri)?;
        check_networks(&tenant, uri)?;
    }
    subject.next_hop = uri.map(str::to_owned);
    Ok(())
}

fn check_networks(tenant: &TenantState, uri: &str) -> Result<(), EditError> {
    let hop = Uri::parse(uri.as_bytes()).ok();
    let ip = hop.and_then(|uri| uri.host().trim_matches(['[', ']']).parse().ok());
    let (Some(ip), Some(networks)) = (ip, tenant.get::<Networks>()) else {
        return Ok(());
    };
    let port = hop.and_then(|uri| uri.port()).unwrap_or_default();
    let checked = networks.check(SocketAddr::new(ip, port));
    checked.map_err(|error| EditError::Invalid(error.to_string()))
}

fn check_uri(uri: &str) -> Result<(), EditError> {
    let parsed = Uri::parse(uri.as_bytes()).map_err(|e| EditError::Invalid(e.to_string()))?;
    if parsed.headers().is_some() {
        return Err(EditError::Invalid(
            "a Request-URI carries no headers".to_owned(),
        ));
    }
    Ok(())
}

/// What the log says about an edit that was refused: what was asked for, of which field, and why.
pub(crate) fn refusal(what: (&str, &str), error: &EditError) -> String {
    let why = match error {
        EditError::NotAllowedHere => "it belongs to the server, or this event is past such edits",
        EditError::Invalid(why) | EditError::Other(why) => why,
        EditError::TooLarge => "the message would grow too large",
    };
    refused(what, why)
}

/// The same of anything that was asked for.
pub(crate) fn refused((what, of): (&str, &str), why: &str) -> String {
    /// Longer names and URIs are cut.
    const SHOWN_BYTES_MAX: usize = 64;
    let shown = of.get(..of.floor_char_boundary(SHOWN_BYTES_MAX));
    format!("{what} {:?} was refused: {why}", shown.unwrap_or_default())
}

/// Adds a header field.
pub(crate) fn append(subject: &mut Subject, name: &str, value: &[u8]) -> Result<(), EditError> {
    let message = content(subject)?;
    message
        .append_header(guests_own(name)?, value)
        .map_err(from_sip)
}

/// Leaves one header field of a name.
pub(crate) fn set(subject: &mut Subject, name: &str, value: &[u8]) -> Result<(), EditError> {
    let message = content(subject)?;
    message
        .set_header(guests_own(name)?, value)
        .map_err(from_sip)
}

/// Removes header fields of a name.
pub(crate) fn remove(subject: &mut Subject, name: &str) -> Result<u32, EditError> {
    let message = content(subject)?;
    let removed = message.remove_headers(guests_own(name)?);
    Ok(u32::try_from(removed).unwrap_or(u32::MAX))
}

/// Replaces the body.
pub(crate) fn set_body(
    subject: &mut Subject,
    content_type: Option<&str>,
    body: Vec<u8>,
) -> Result<(), EditError> {
    let message = content(subject)?;
    message
        .set_body(content_type, Bytes::from(body))
        .map_err(from_sip)
}

/// A header name that guests may edit.
fn guests_own(name: &str) -> Result<HeaderName<'_>, EditError> {
    match HeaderName::from(name) {
        name if is_servers(&name) => Err(EditError::NotAllowedHere),
        name => Ok(name),
    }
}

/// Whether a header field belongs to the server. Such carry transactions, dialogs and framing: a
/// guest that changed them would not change this message but break its way.
pub(crate) const fn is_servers(name: &HeaderName<'_>) -> bool {
    matches!(
        name,
        HeaderName::Via
            | HeaderName::From
            | HeaderName::To
            | HeaderName::CallId
            | HeaderName::CSeq
            | HeaderName::MaxForwards
            | HeaderName::Route
            | HeaderName::RecordRoute
            | HeaderName::ContentLength
    )
}

fn from_sip(refused: Refused) -> EditError {
    match refused {
        Refused::TooManyHeaders | Refused::LineTooLong | Refused::MessageTooLong => {
            EditError::TooLarge
        }
        Refused::ForbiddenByte
        | Refused::BadName
        | Refused::BadUri(_)
        | Refused::BadHeader(_)
        | Refused::BadMethod
        | Refused::BadStatus => EditError::Invalid(refused.to_string()),
        Refused::ContentLength | Refused::NotARequest => EditError::NotAllowedHere,
        Refused::NoSuchHeader | Refused::MissingHeader => EditError::Other(refused.to_string()),
    }
}
