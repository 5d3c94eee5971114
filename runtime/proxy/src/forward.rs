//! Forwarding a request: RFC 3261 16.6.

use std::fmt::Write;
use std::net::SocketAddr;

use evroute_sip::{EditError, HeaderName, Message};
use evroute_transport::Proto;

/// Max-Forwards of a request that came without (16.6 step 3).
const MAX_FORWARDS: u32 = 70;

/// What our Record-Route says.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum RecordRoute {
    /// We do not stay in the path: requests outside dialogs, and those within.
    No,
    /// We stay. The two sides may differ in address or transport; then two entries are written, one for each (RFC 5658).
    Yes {
        /// Where the request came in.
        inward: (Proto, SocketAddr),
    },
}

/// How a request is sent on.
#[derive(Clone, Copy, Debug)]
pub struct Forward<'a> {
    /// The new Request-URI; none keeps it.
    pub request_uri: Option<&'a str>,
    /// The transport it leaves by, and our address there.
    pub outward: (Proto, SocketAddr),
    /// Whether we stay in the path.
    pub record_route: RecordRoute,
    /// The branch of our Via.
    pub branch: &'a str,
}

/// Makes the request that is sent: Request-URI, Max-Forwards, Record-Route, a strict router's route set, Via, and on streams
/// Content-Length. The route set was preprocessed before; where it goes, [`next_hop`](crate::next_hop) says of the request
/// as it was.
///
/// # Errors
/// [`EditError`] when the message would grow too large or the new Request-URI is none.
pub fn forward_request(request: &Message, forward: &Forward<'_>) -> Result<Message, EditError> {
    let mut copy = request.clone();
    if let Some(uri) = forward.request_uri {
        copy.set_request_uri(uri)?;
    }
    match copy.max_forwards().ok().flatten() {
        Some(hops) => {
            copy.set_header(HeaderName::MaxForwards, hops.saturating_sub(1).to_string())?;
        }
        None => copy.append_header(HeaderName::MaxForwards, MAX_FORWARDS.to_string())?,
    }
    if let RecordRoute::Yes { inward } = forward.record_route {
        if inward != forward.outward {
            copy.prepend_header(HeaderName::RecordRoute, route_to_us(inward))?;
        }
        copy.prepend_header(HeaderName::RecordRoute, route_to_us(forward.outward))?;
    }
    route_strictly(&mut copy)?;
    copy.prepend_header(HeaderName::Via, via(forward.outward, forward.branch))?;
    if forward.outward.0.is_reliable() {
        copy.ensure_content_length()?;
    }
    Ok(copy)
}

/// A topmost Route without `lr` is a strict router's: it wants to see itself in the Request-URI, and the target at the end of
/// the route set (16.6 step 6).
fn route_strictly(copy: &mut Message) -> Result<(), EditError> {
    let Some(Ok(route)) = copy.routes().next() else {
        return Ok(());
    };
    let strict = match route.parse_uri() {
        Ok(uri) if !uri.is_loose_router() => uri.as_str().to_owned(),
        Ok(_) | Err(_) => return Ok(()),
    };
    let target = format!("<{}>", copy.request_uri().unwrap_or_default());
    copy.append_header(HeaderName::Route, target)?;
    copy.remove_first_value(HeaderName::Route)?;
    copy.set_request_uri(&strict)
}

/// A Route that comes back to us, with `lr`, or the next request would be routed strictly.
fn route_to_us((proto, address): (Proto, SocketAddr)) -> String {
    match proto {
        Proto::Udp => format!("<sip:{address};lr>"),
        Proto::Tls | Proto::Wss => format!("<sips:{address};transport={};lr>", proto.as_param()),
        Proto::Tcp | Proto::Ws => format!("<sip:{address};transport={};lr>", proto.as_param()),
    }
}

/// Our Via. We ask for `rport` ourselves: it costs nothing and helps behind a NAT.
pub(crate) fn via((proto, address): (Proto, SocketAddr), branch: &str) -> String {
    let mut via = String::with_capacity(80);
    // Writing to a String cannot fail.
    let _ = write!(
        via,
        "SIP/2.0/{} {address};rport;branch={branch}",
        proto.as_str()
    );
    via
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{parse, request, text, values};

    const UDP: (Proto, SocketAddr) = (Proto::Udp, address(5060));
    const TCP: (Proto, SocketAddr) = (Proto::Tcp, address(5062));

    const fn address(port: u16) -> SocketAddr {
        SocketAddr::new(
            std::net::IpAddr::V4(std::net::Ipv4Addr::new(192, 0, 2, 1)),
            port,
        )
    }

    fn forward(outward: (Proto, SocketAddr), record_route: RecordRoute) -> Forward<'static> {
        Forward {
            request_uri: None,
            outward,
            record_route,
            branch: "z9hG4bKours",
        }
    }

    fn forwarded(request: &Message) -> Message {
        forward_request(request, &forward(UDP, RecordRoute::No)).unwrap()
    }

    #[test]
    fn the_copy_has_the_target_and_one_hop_less_and_the_original_stays() {
        let invite = request(
            "INVITE",
            "sip:bob@example.com",
            "Max-Forwards: 70\r\nX-a: 1\r\n",
        );
        let before = text(&invite);
        let target = Forward {
            request_uri: Some("sip:bob@192.0.2.20"),
            ..forward(UDP, RecordRoute::No)
        };
        let copy = forward_request(&invite, &target).unwrap();
        assert_eq!(copy.request_uri(), Some("sip:bob@192.0.2.20"));
        assert_eq!(
            (values(&copy, "Max-Forwards"), values(&copy, "X-a")),
            (vec!["69"], vec!["1"])
        );
        assert_eq!(text(&invite), before);
        assert_eq!(
            values(
                &forwarded(&request("INVITE", "sip:a@b", "")),
                "Max-Forwards"
            ),
            ["70"]
        );
    }

    #[test]
    fn one_side_records_one_route_and_two_sides_two_the_outer_on_top() {
        let recorded = |inward| {
            let invite = request("INVITE", "sip:a@b", "Record-Route: <sip:x;lr>\r\n");
            let copy =
                forward_request(&invite, &forward(TCP, RecordRoute::Yes { inward })).unwrap();
            values(&copy, "Record-Route")
                .into_iter()
                .map(str::to_owned)
                .collect::<Vec<_>>()
        };
        assert_eq!(
            recorded(TCP),
            ["<sip:192.0.2.1:5062;transport=tcp;lr>", "<sip:x;lr>"]
        );
        assert_eq!(
            recorded(UDP),
            [
                "<sip:192.0.2.1:5062;transport=tcp;lr>",
                "<sip:192.0.2.1:5060;lr>",
                "<sip:x;lr>"
            ]
        );
    }

    #[test]
    fn a_strict_route_goes_into_the_request_uri_and_the_target_to_the_end() {
        let bye = request(
            "BYE",
            "sip:bob@192.0.2.20;x=y",
            "Route: <sip:strict:5080>, <sip:p3;lr>\r\n",
        );
        let copy = forwarded(&bye);
        assert_eq!(copy.request_uri(), Some("sip:strict:5080"));
        assert_eq!(
            values(&copy, "Route"),
            ["<sip:p3;lr>", "<sip:bob@192.0.2.20;x=y>"]
        );
        let loose = request("BYE", "sip:bob@h", "Route: <sip:p2;lr>\r\n");
        assert_eq!(forwarded(&loose).request_uri(), Some("sip:bob@h"));
    }

    #[test]
    fn our_via_is_on_top_and_a_stream_gets_a_length() {
        let message = parse(
            "MESSAGE sip:bob@h SIP/2.0\r\nVia: SIP/2.0/UDP x;branch=z9hG4bKx\r\nMax-Forwards: 9\r\n\
             CSeq: 1 MESSAGE\r\n\r\nbody",
        );
        let rest = "Via: SIP/2.0/UDP x;branch=z9hG4bKx\r\nMax-Forwards: 8\r\nCSeq: 1 MESSAGE\r\n";
        assert_eq!(
            text(&forward_request(&message, &forward(TCP, RecordRoute::No)).unwrap()),
            format!(
                "MESSAGE sip:bob@h SIP/2.0\r\nVia: SIP/2.0/TCP 192.0.2.1:5062;rport;branch=z9hG4bKours\r\n\
                 {rest}Content-Length: 4\r\n\r\nbody"
            )
        );
        assert!(!text(&forwarded(&message)).contains("Content-Length"));
    }
}
