//! RFC 3261 16.4: what Route and the Request-URI say about us.

use evroute_sip::{EditError, HeaderName, Message, NameAddr, Uri};

use crate::host::Host;
use crate::next_hop::uri_proto;
use crate::own_names::OwnNames;
use crate::sent_by::SentBy;

/// What the Route of a request said.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Routed {
    /// There is no Route.
    No,
    /// The topmost Route names somebody else: the sender wants it to go there.
    Elsewhere,
    /// The topmost Route was ours, and has been taken off.
    Ours(OwnRoute),
}

/// A Route of ours that has been taken off.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OwnRoute {
    /// The URI's user part, as it was written: in a Path of ours the token of a flow.
    pub user: Option<String>,
    /// The URI's parameters as we had written them into Record-Route, `;` in front.
    pub params: String,
    /// Which of our sides the request leaves by: the second of two Routes that
    /// [`RecordRoute::Double`](crate::RecordRoute::Double) had left (Kamailio's `r2`), else
    /// the only one. `None` when its transport is none of ours.
    pub outbound: Option<SentBy>,
}

/// Prepares a received request for routing: undoes what a strict router did to it, takes
/// off a `maddr` that is us, takes off our own Route (both when there are two). Whether
/// more Routes follow, [`forward_request`](crate::forward_request) sees itself.
///
/// # Errors
/// When a header field could not be written.
pub fn preprocess_route(request: &mut Message, own: &OwnNames) -> Result<Routed, EditError> {
    if let Some(route) = undo_strict_routing(request, own)? {
        return Ok(Routed::Ours(route));
    }
    strip_maddr(request, own)?;
    pop_own_routes(request, own)
}

/// A strict router has put our Record-Route into the Request-URI and the target at the end
/// of Route: put it back (16.4, second paragraph).
fn undo_strict_routing(
    request: &mut Message,
    own: &OwnNames,
) -> Result<Option<OwnRoute>, EditError> {
    let Some(uri) = request
        .request_uri()
        .and_then(|uri| Uri::parse(uri.as_bytes()).ok())
    else {
        return Ok(None);
    };
    // What we put into Record-Route has no user and has `lr`; a phone's contact has not.
    if uri.user().is_some() || !uri.is_loose_router() || !own.is_own_uri(&uri) {
        return Ok(None);
    }
    let (mut route, is_half_of_two) = (own_route(&uri), is_half(&uri));
    let routes: Vec<_> = request
        .values(HeaderName::Route)
        .map(<[u8]>::to_vec)
        .collect();
    let Some((last, rest)) = routes.split_last() else {
        return Ok(None);
    };
    let Ok(last) = NameAddr::parse(last) else {
        return Ok(None);
    };
    let target = last.parse_uri()?.as_request_uri();
    request.set_request_uri(&target)?;
    match rest {
        [] => drop(request.remove_headers(HeaderName::Route)),
        rest => request.set_header(HeaderName::Route, unfolded(&rest.join(&b", "[..])))?,
    }
    if is_half_of_two {
        pop_other_half(request, own, &mut route)?;
    }
    Ok(Some(route))
}

/// White space of any kind becomes a space: a fold cannot be written back as it is.
fn unfolded(value: &[u8]) -> Vec<u8> {
    let is_line_end = |byte: &u8| matches!(byte, b'\r' | b'\n');
    value
        .iter()
        .map(|byte| if is_line_end(byte) { b' ' } else { *byte })
        .collect()
}

/// A Request-URI that reaches us by its `maddr` means its host from here on (16.4, third
/// paragraph): `maddr` goes, and with it a port and transport that are not the default.
fn strip_maddr(request: &mut Message, own: &OwnNames) -> Result<(), EditError> {
    let Some(uri) = request
        .request_uri()
        .and_then(|uri| Uri::parse(uri.as_bytes()).ok())
    else {
        return Ok(());
    };
    let (Some(maddr), Ok(proto)) = (uri.maddr(), uri_proto(&uri)) else {
        return Ok(());
    };
    let port = uri.port().unwrap_or(proto.default_port());
    if !own.contains(maddr, port) {
        return Ok(());
    }
    let mut target = format!("{}:", uri.scheme().as_str());
    if let Some(user) = uri.user() {
        target.push_str(user);
        if let Some(password) = uri.password() {
            target.push(':');
            target.push_str(password);
        }
        target.push('@');
    }
    target.push_str(uri.host());
    for param in uri.params().iter() {
        if param.name.eq_ignore_ascii_case(b"maddr")
            || param.name.eq_ignore_ascii_case(b"transport")
        {
            continue;
        }
        target.push(';');
        target.push_str(&String::from_utf8_lossy(param.name));
        if let Some(value) = param.value {
            target.push('=');
            target.push_str(&String::from_utf8_lossy(value));
        }
    }
    if let Some(headers) = uri.headers() {
        target.push('?');
        target.push_str(headers);
    }
    request.set_request_uri(&target)
}

fn pop_own_routes(request: &mut Message, own: &OwnNames) -> Result<Routed, EditError> {
    let first = match top_route(request) {
        None => return Ok(Routed::No),
        Some(uri) if !own.is_own_uri(&uri) => return Ok(Routed::Elsewhere),
        Some(uri) => (own_route(&uri), is_half(&uri)),
    };
    let (mut route, is_half_of_two) = first;
    request.remove_first_value(HeaderName::Route)?;
    if is_half_of_two {
        pop_other_half(request, own, &mut route)?;
    }
    Ok(Routed::Ours(route))
}

/// The second of two Routes that one [`RecordRoute::Double`](crate::RecordRoute::Double) has left
/// says where to leave.
fn pop_other_half(
    request: &mut Message,
    own: &OwnNames,
    route: &mut OwnRoute,
) -> Result<(), EditError> {
    let second = top_route(request).filter(|uri| own.is_own_uri(uri) && is_half(uri));
    if let Some(uri) = second {
        route.outbound = own_route(&uri).outbound;
        request.remove_first_value(HeaderName::Route)?;
    }
    Ok(())
}

/// The topmost Route's URI; `None` also when it cannot be read, which is nobody's.
fn top_route(request: &Message) -> Option<Uri<'_>> {
    request.routes().next()?.ok()?.parse_uri().ok()
}

/// One of the two Routes of a [`RecordRoute::Double`](crate::RecordRoute::Double).
fn is_half(uri: &Uri<'_>) -> bool {
    uri.param("r2").is_some()
}

fn own_route(uri: &Uri<'_>) -> OwnRoute {
    let outbound = uri_proto(uri).ok().map(|proto| SentBy {
        proto,
        host: Host::parse(uri.host()),
        port: uri.port().unwrap_or(proto.default_port()),
    });
    OwnRoute {
        user: uri.user().map(str::to_owned),
        params: String::from_utf8_lossy(uri.params().raw()).into_owned(),
        outbound,
    }
}

#[cfg(test)]
mod tests {
    use evroute_transport::Proto;

    use super::*;
    use crate::testing::{own, request, values};

    fn preprocessed(uri: &str, routes: &str) -> (Routed, Message) {
        let mut request = request("BYE", uri, routes);
        let routed = preprocess_route(&mut request, &own()).unwrap();
        (routed, request)
    }

    fn outbound(routed: &Routed) -> Option<(Proto, u16)> {
        match routed {
            Routed::Ours(route) => route.outbound.as_ref().map(|side| (side.proto, side.port)),
            Routed::No | Routed::Elsewhere => None,
        }
    }

    #[test]
    fn our_own_route_is_taken_off_and_only_the_first() {
        let routes =
            "Route: <sip:192.0.2.1;lr;did=a.b>, <sip:192.0.2.1;lr>\r\nRoute: <sip:x;lr>\r\n";
        let (routed, request) = preprocessed("sip:bob@192.0.2.20", routes);
        let Routed::Ours(route) = &routed else {
            panic!("{routed:?}")
        };
        assert_eq!(route.params, ";lr;did=a.b");
        assert_eq!(outbound(&routed), Some((Proto::Udp, 5060)));
        assert_eq!(
            values(&request, "Route"),
            ["<sip:192.0.2.1;lr>", "<sip:x;lr>"]
        );
        assert_eq!(request.request_uri(), Some("sip:bob@192.0.2.20"));
    }

    #[test]
    fn both_routes_of_a_double_record_route_are_taken_off() {
        let routes = "Route: <sip:192.0.2.1;lr;r2=on>,<sip:192.0.2.1;transport=tcp;lr;r2=on>\r\n";
        let (routed, request) = preprocessed("sip:bob@192.0.2.20", routes);
        assert_eq!(outbound(&routed), Some((Proto::Tcp, 5060)));
        assert!(values(&request, "Route").is_empty());
    }

    #[test]
    fn routes_of_others_and_none_stay() {
        let (routed, request) =
            preprocessed("sip:bob@h", "Route: <sip:x;lr>, <sip:192.0.2.1;lr>\r\n");
        assert_eq!(routed, Routed::Elsewhere);
        assert_eq!(values(&request, "Route").len(), 2);
        assert_eq!(preprocessed("sip:bob@h", "").0, Routed::No);
    }

    #[test]
    fn what_a_strict_router_did_is_undone() {
        let routes = "Route: <sip:p2;lr>,\r\n <sip:bob@192.0.2.20;x=y>\r\n";
        let (routed, request) = preprocessed("sip:192.0.2.1:5060;lr", routes);
        assert!(matches!(routed, Routed::Ours(_)), "{routed:?}");
        assert_eq!(request.request_uri(), Some("sip:bob@192.0.2.20;x=y"));
        assert_eq!(values(&request, "Route"), ["<sip:p2;lr>"]);
        let routes = "Route: <sip:bob@192.0.2.20;method=BYE?a=b>\r\n";
        let (_, request) = preprocessed("sip:192.0.2.1;lr", routes);
        assert_eq!(request.request_uri(), Some("sip:bob@192.0.2.20"));
        assert!(values(&request, "Route").is_empty());
    }

    #[test]
    fn both_routes_of_a_double_record_route_are_taken_off_behind_a_strict_router() {
        let routes = "Route: <sip:192.0.2.1;transport=tcp;lr;r2=on>, <sip:bob@192.0.2.20>\r\n";
        let (routed, request) = preprocessed("sip:192.0.2.1:5060;lr;r2=on", routes);
        assert_eq!(outbound(&routed), Some((Proto::Tcp, 5060)));
        assert_eq!(request.request_uri(), Some("sip:bob@192.0.2.20"));
        assert!(values(&request, "Route").is_empty());
    }

    #[test]
    fn a_request_to_ourselves_is_not_taken_for_a_strict_routers() {
        for uri in ["sip:192.0.2.1", "sip:bob@192.0.2.1;lr", "sip:192.0.2.2;lr"] {
            let (routed, request) = preprocessed(uri, "Route: <sip:x;lr>\r\n");
            assert_eq!(
                (routed, request.request_uri()),
                (Routed::Elsewhere, Some(uri))
            );
        }
        let (routed, _) = preprocessed("sip:192.0.2.1;lr", "");
        assert_eq!(routed, Routed::No);
    }

    #[test]
    fn a_maddr_that_is_us_goes_with_its_port_and_transport() {
        let uri_after = |uri: &str| preprocessed(uri, "").1.request_uri().unwrap().to_owned();
        assert_eq!(
            uri_after("sip:bob:pw@example.com:5060;transport=tcp;maddr=192.0.2.1;x=y"),
            "sip:bob:pw@example.com;x=y"
        );
        let elsewhere = "sip:bob@example.com;maddr=192.0.2.2";
        assert_eq!(uri_after(elsewhere), elsewhere);
        let other_port = "sip:bob@example.com:5070;maddr=192.0.2.1";
        assert_eq!(uri_after(other_port), other_port);
    }
}
