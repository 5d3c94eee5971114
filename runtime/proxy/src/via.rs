//! What the receiver adds to the top Via: RFC 3261 18.2.1, RFC 3581 section 4.

use std::io::Write;
use std::net::SocketAddr;

use evroute_sip::{EditError, HeaderName, Message, Rport};

use crate::own::bare;

/// Adds `received` where the sender named another address than it sent from, and fills in `rport` where it asked for it.
///
/// # Errors
/// [`EditError`] when there is no Via that reads, or the message would grow too large.
pub fn complete_via(request: &mut Message, source: SocketAddr) -> Result<(), EditError> {
    let via = request.top_via()?;
    let names_source = bare(via.host()).parse() == Ok(source.ip());
    let wants_port = via.rport() == Some(Rport::Requested);
    let has_received = via.received().is_some();
    if names_source && !wants_port && !has_received {
        return Ok(());
    }
    let mut text = Vec::with_capacity(via.raw().len() + 48);
    // Writing to a Vec cannot fail.
    let _ = write!(text, "SIP/2.0/{} {}", via.transport(), via.host());
    if let Some(port) = via.port() {
        let _ = write!(text, ":{port}");
    }
    for param in via.params().iter() {
        // A `received` of the sender's own making is not to be believed.
        let is_ours = |name: &[u8]| param.name.eq_ignore_ascii_case(name);
        if is_ours(b"received") || is_ours(b"rport") && wants_port {
            continue;
        }
        text.push(b';');
        text.extend_from_slice(param.name);
        if let Some(value) = param.value {
            text.push(b'=');
            text.extend_from_slice(value);
        }
    }
    if wants_port {
        // RFC 3581: with rport, received is always written.
        let _ = write!(text, ";rport={};received={}", source.port(), source.ip());
    } else if !names_source {
        let _ = write!(text, ";received={}", source.ip());
    }
    request.replace_first_value(HeaderName::Via, text)
}
