//! Sending responses back: RFC 3261 16.7 step 3, 18.2.2; RFC 3581.

use std::net::{IpAddr, SocketAddr};

use evroute_sip::{EditError, HeaderName, Message, Rport};
use evroute_transport::{Flow, Proto, Target};

use crate::own::bare;

/// The response without our Via, as the element before us gets it; none when there is no other Via, since the response
/// then was for us alone.
///
/// # Errors
/// [`EditError`] when our Via cannot be taken off.
pub fn forward_response(response: &Message) -> Result<Option<Message>, EditError> {
    let mut copy = response.clone();
    copy.remove_first_value(HeaderName::Via)?;
    let Ok(via) = copy.top_via() else {
        return Ok(None);
    };
    // A datagram may come without; on a stream its end would never be found.
    if Proto::parse(via.transport()).is_none_or(Proto::is_reliable) {
        copy.ensure_content_length()?;
    }
    Ok(Some(copy))
}

/// Where the responses to a request go: back on its connection, or to where its completed top Via says.
#[must_use]
pub fn reply_target(request: &Message, flow: &Flow) -> Target {
    let mut target = flow.back();
    let Ok(via) = request.top_via() else {
        return target;
    };
    let port = match via.rport() {
        Some(Rport::Port(port)) => port,
        Some(Rport::Requested) => flow.remote.port(),
        None => via.port().unwrap_or_else(|| flow.proto.default_port()),
    };
    let host = via
        .received()
        .or_else(|| bare(via.host()).parse::<IpAddr>().ok());
    let ip = match (
        flow.proto,
        via.maddr()
            .and_then(|maddr| bare(maddr).parse::<IpAddr>().ok()),
    ) {
        // 18.2.2: maddr comes first, for datagrams. A multicast answer would be an amplifier.
        (Proto::Udp, Some(maddr)) if !maddr.is_multicast() => maddr,
        _ => host.unwrap_or_else(|| flow.remote.ip()),
    };
    target.remote = SocketAddr::new(ip, port);
    target
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{parse, text};

    fn target(proto: Proto, via: &str) -> SocketAddr {
        let request = parse(&format!(
            "OPTIONS sip:h SIP/2.0\r\nVia: SIP/2.0/{via}\r\nCSeq: 1 OPTIONS\r\n\r\n"
        ));
        let flow = Flow {
            proto,
            local: "192.0.2.1:5060".parse().unwrap(),
            remote: "192.0.2.9:4000".parse().unwrap(),
            connection: None,
        };
        reply_target(&request, &flow).remote
    }

    #[test]
    fn responses_go_where_18_2_2_and_rfc_3581_say() {
        for (via, expected) in [
            ("UDP 192.0.2.9;branch=x", "192.0.2.9:5060"),
            ("UDP 192.0.2.9:5070", "192.0.2.9:5070"),
            (
                "UDP phone.example.com:5070;received=192.0.2.9",
                "192.0.2.9:5070",
            ),
            (
                "UDP 10.0.0.1:5070;received=192.0.2.9;rport=4000",
                "192.0.2.9:4000",
            ),
            ("UDP 192.0.2.9;maddr=192.0.2.77", "192.0.2.77:5060"),
            // A multicast answer would be an amplifier.
            ("UDP 192.0.2.9;maddr=224.0.1.75", "192.0.2.9:5060"),
        ] {
            assert_eq!(target(Proto::Udp, via).to_string(), expected, "{via}");
        }
        assert_eq!(
            target(Proto::Tcp, "TCP 192.0.2.9:5070").to_string(),
            "192.0.2.9:5070"
        );
    }

    #[test]
    fn our_via_comes_off_and_without_another_the_response_is_ours() {
        let response =
            |vias: &str| parse(&format!("SIP/2.0 200 OK\r\n{vias}CSeq: 1 OPTIONS\r\n\r\n"));
        let ours = "Via: SIP/2.0/UDP 192.0.2.1;branch=z9hG4bKo";
        for separator in [", ", "\r\nv: "] {
            let forwarded =
                forward_response(&response(&format!("{ours}{separator}SIP/2.0/UDP h\r\n")));
            let forwarded = text(&forwarded.unwrap().unwrap());
            assert!(!forwarded.contains("192.0.2.1") && forwarded.contains("SIP/2.0/UDP h\r\n"));
            assert!(!forwarded.contains("Content-Length"));
        }
        assert!(
            forward_response(&response(&format!("{ours}\r\n")))
                .unwrap()
                .is_none()
        );
        let to_stream = forward_response(&response(&format!("{ours}\r\nVia: SIP/2.0/TCP h\r\n")));
        assert!(text(&to_stream.unwrap().unwrap()).contains("Content-Length: 0"));
    }
}
