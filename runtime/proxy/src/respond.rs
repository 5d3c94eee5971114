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
    Ok(copy.top_via().is_ok().then_some(copy))
}

/// Where the responses to a request go: back on its connection, or to where its completed top Via says.
#[must_use]
pub fn reply_target(request: &Message, flow: &Flow) -> Target {
    let mut target = flow.back();
    let Ok(via) = request.top_via() else { return target };
    let port = match via.rport() {
        Some(Rport::Port(port)) => port,
        Some(Rport::Requested) => flow.remote.port(),
        None => via.port().unwrap_or_else(|| flow.proto.default_port()),
    };
    let host = via.received().or_else(|| bare(via.host()).parse::<IpAddr>().ok());
    let ip = match (flow.proto, via.maddr().and_then(|maddr| bare(maddr).parse::<IpAddr>().ok())) {
        // 18.2.2: maddr comes first, for datagrams. A multicast answer would be an amplifier.
        (Proto::Udp, Some(maddr)) if !maddr.is_multicast() => maddr,
        _ => host.unwrap_or_else(|| flow.remote.ip()),
    };
    target.remote = SocketAddr::new(ip, port);
    target
}
