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

/// Makes the request that is sent: Request-URI, Max-Forwards, Record-Route and Via, in this order. The route set was
/// preprocessed before.
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
    copy.prepend_header(HeaderName::Via, via(forward.outward, forward.branch))?;
    Ok(copy)
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
    let _ = write!(via, "SIP/2.0/{} {address};rport;branch={branch}", proto.as_str());
    via
}
