//! What a server writes into the top Via of a request it receives.

use std::fmt::Write;
use std::net::{IpAddr, SocketAddr};

use evroute_sip::{EditError, HeaderName, Message, Via};

/// Notes where the request came from: `received` and `rport` when the sender asked for it (RFC
/// 3581 section 4), and unasked when the sent-by is a name or another address (RFC 3261 18.2.1):
/// then a NAT may be in between, where only the port that it came from leads back. That is
/// Kamailio's `force_rport`, but for a sender whose sent-by is the address it came from: what it
/// says of its port is true, and it may not listen at the one it sends from. What the sender itself
/// wrote into both is replaced. Untouched when there is nothing to note.
///
/// # Errors
/// When the top Via cannot be read or written.
pub fn add_received_and_rport(request: &mut Message, source: SocketAddr) -> Result<(), EditError> {
    let via = request.top_via()?;
    let is_asked = via.params().get("rport").is_some();
    let is_honest = host_ip(&via) == Some(source.ip().to_canonical());
    let has_received = via.params().get("received").is_some();
    let has_rport = is_asked || !is_honest;
    if !has_rport && !has_received {
        return Ok(());
    }
    let value = marked(&via, source, has_rport);
    request.replace_first_value(HeaderName::Via, value)
}

fn host_ip(via: &Via<'_>) -> Option<IpAddr> {
    let host = via.host();
    let host = host
        .strip_prefix('[')
        .and_then(|host| host.strip_suffix(']'))
        .unwrap_or(host);
    host.parse::<IpAddr>().ok().map(|ip| ip.to_canonical())
}

/// The value written anew: sent-by and the other parameters as they were, ours behind.
fn marked(via: &Via<'_>, source: SocketAddr, has_rport: bool) -> String {
    let mut value = format!("SIP/2.0/{} {}", via.transport(), via.host());
    // Writing to a String cannot fail.
    if let Some(port) = via.port() {
        let _ = write!(value, ":{port}");
    }
    for param in via.params().iter() {
        let is_ours = [&b"received"[..], b"rport"]
            .iter()
            .any(|own| param.name.eq_ignore_ascii_case(own));
        if is_ours {
            continue;
        }
        value.push(';');
        value.push_str(&String::from_utf8_lossy(param.name));
        if let Some(text) = param.value {
            value.push('=');
            value.push_str(&String::from_utf8_lossy(text));
        }
    }
    let _ = write!(value, ";received={}", source.ip().to_canonical());
    if has_rport {
        let _ = write!(value, ";rport={}", source.port());
    }
    value
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{parse, values};

    fn marked(via: &str, source: &str) -> String {
        let mut request = parse(&format!(
            "OPTIONS sip:h SIP/2.0\r\nVia: {via}\r\nFrom: <sip:a@b>;tag=1\r\nTo: <sip:b@c>\r\n\
             Call-ID: c\r\nCSeq: 1 OPTIONS\r\n\r\n"
        ));
        add_received_and_rport(&mut request, source.parse().unwrap()).unwrap();
        values(&request, "Via").join(" | ")
    }

    #[test]
    fn an_honest_sent_by_is_left_alone() {
        let via = "SIP/2.0/UDP 192.0.2.10:5060;branch=z9hG4bKa";
        assert_eq!(marked(via, "192.0.2.10:5060"), via);
        assert_eq!(marked(via, "192.0.2.10:9999"), via);
        let via = "SIP/2.0/UDP [2001:db8:0::1];branch=z9hG4bKa";
        assert_eq!(marked(via, "[2001:db8::1]:5060"), via);
    }

    #[test]
    fn names_and_other_addresses_get_received_and_rport_unasked() {
        assert_eq!(
            marked(
                "SIP/2.0/UDP phone.example.com:5070;branch=z9hG4bKa",
                "192.0.2.9:5070"
            ),
            "SIP/2.0/UDP phone.example.com:5070;branch=z9hG4bKa;received=192.0.2.9;rport=5070"
        );
        assert_eq!(
            marked("SIP/2.0/TCP 10.0.0.1;branch=z9hG4bKa", "192.0.2.9:5070"),
            "SIP/2.0/TCP 10.0.0.1;branch=z9hG4bKa;received=192.0.2.9;rport=5070"
        );
    }

    #[test]
    fn rport_is_filled_in_with_received_even_for_an_honest_address() {
        assert_eq!(
            marked(
                "SIP/2.0/UDP 192.0.2.9 ; rport;branch=z9hG4bKa",
                "192.0.2.9:4321"
            ),
            "SIP/2.0/UDP 192.0.2.9;branch=z9hG4bKa;received=192.0.2.9;rport=4321"
        );
    }

    #[test]
    fn an_honest_sent_by_keeps_its_port_whatever_else_it_claims() {
        assert_eq!(
            marked("SIP/2.0/UDP 192.0.2.9;received=203.0.113.1", "192.0.2.9:1"),
            "SIP/2.0/UDP 192.0.2.9;received=192.0.2.9"
        );
    }

    #[test]
    fn what_the_sender_claims_is_replaced() {
        assert_eq!(
            marked(
                "SIP/2.0/UDP 192.0.2.9;received=203.0.113.1;rport=1;x=\"a;b\"",
                "192.0.2.9:4321"
            ),
            "SIP/2.0/UDP 192.0.2.9;x=\"a;b\";received=192.0.2.9;rport=4321"
        );
    }

    #[test]
    fn only_the_top_via_is_marked() {
        assert_eq!(
            marked(
                "SIP/2.0/UDP a;branch=z9hG4bKa, SIP/2.0/UDP b;rport",
                "192.0.2.9:1"
            ),
            "SIP/2.0/UDP a;branch=z9hG4bKa;received=192.0.2.9;rport=1 | SIP/2.0/UDP b;rport"
        );
    }
}
