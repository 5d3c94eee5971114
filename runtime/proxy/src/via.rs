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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{parse, values};

    fn completed(via: &str, source: &str) -> String {
        let mut request = parse(&format!(
            "OPTIONS sip:h SIP/2.0\r\nVia: {via}\r\nCSeq: 1 OPTIONS\r\n\r\n"
        ));
        complete_via(&mut request, source.parse().unwrap()).unwrap();
        values(&request, "Via").join(" | ")
    }

    #[test]
    fn an_honest_sent_by_is_left_alone() {
        for (via, source) in [
            (
                "SIP/2.0/UDP 192.0.2.10:5060;branch=z9hG4bKa",
                "192.0.2.10:9999",
            ),
            (
                "SIP/2.0/UDP [2001:db8:0::1];branch=z9hG4bKa",
                "[2001:db8::1]:5060",
            ),
        ] {
            assert_eq!(completed(via, source), via);
        }
    }

    #[test]
    fn names_and_other_addresses_get_received_in_the_top_via_only() {
        assert_eq!(
            completed(
                "SIP/2.0/TCP phone.example.com:5070;branch=z9hG4bKa, SIP/2.0/UDP b;rport",
                "192.0.2.9:1"
            ),
            "SIP/2.0/TCP phone.example.com:5070;branch=z9hG4bKa;received=192.0.2.9 | SIP/2.0/UDP b;rport"
        );
    }

    #[test]
    fn rport_is_filled_in_with_received_even_for_an_honest_address() {
        assert_eq!(
            completed(
                "SIP/2.0/UDP 192.0.2.9 ; rport;branch=z9hG4bKa",
                "192.0.2.9:4321"
            ),
            "SIP/2.0/UDP 192.0.2.9;branch=z9hG4bKa;rport=4321;received=192.0.2.9"
        );
    }

    #[test]
    fn what_the_sender_claims_is_replaced() {
        assert_eq!(
            completed(
                "SIP/2.0/UDP 192.0.2.9;received=203.0.113.1;x=\"a;b\"",
                "192.0.2.9:4321"
            ),
            "SIP/2.0/UDP 192.0.2.9;x=\"a;b\""
        );
        assert_eq!(
            completed(
                "SIP/2.0/UDP 10.0.0.1;received=203.0.113.1",
                "192.0.2.9:4321"
            ),
            "SIP/2.0/UDP 10.0.0.1;received=192.0.2.9"
        );
    }
}
