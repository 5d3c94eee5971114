//! RFC 3261 16.6: making the request that goes to one target.

use std::borrow::Cow;

use evroute_sip::{HeaderName, Message, Scheme, Uri};
use evroute_transport::Proto;

use crate::error::ForwardError;
use crate::next_hop::{NextHop, NextHopError};
use crate::record_route::RecordRoute;
use crate::sent_by::SentBy;

/// RFC 3261 16.6 step 3: what a request without Max-Forwards gets.
const MAX_FORWARDS_DEFAULT: u32 = 70;

/// What was decided about one target.
#[derive(Clone, Copy, Debug, Default)]
pub struct Forward<'a> {
    /// The target's URI, header fields and `method` not counted; `None` leaves the Request-URI
    /// as it is.
    pub request_uri: Option<&'a str>,
    /// Where to send it whatever Route and Request-URI say (Kamailio's `$du`): a URI.
    pub next_hop: Option<&'a str>,
    /// Routes to put above those that are there, in order: the Path of a registration
    /// (RFC 3327 5.3). Whole values, such as `<sip:edge.example.com;lr>`.
    pub routes: &'a [&'a str],
}

/// What a forwarded request says about us.
#[derive(Clone, Copy, Debug)]
pub struct HopHeaders<'a> {
    /// The side it leaves by.
    pub via: &'a SentBy,
    /// A branch from [`BranchMaker`](crate::BranchMaker).
    pub branch: &'a str,
    /// Whether later requests come back.
    pub record_route: RecordRoute<'a>,
    /// The name of the tenant whose dialog it will be, for
    /// [`recorded_tenant`](crate::recorded_tenant); empty for none.
    pub tenant: &'a str,
}

/// Steps 1 to 3, 6 and 7 of 16.6: a copy of `request`, after
/// [`preprocess_route`](crate::preprocess_route), for one target, and where it goes.
///
/// # Errors
/// [`ForwardError`]; it knows its status code.
pub fn forward_request(
    request: &Message,
    forward: &Forward<'_>,
) -> Result<(Message, NextHop), ForwardError> {
    let mut copy = clone_for_branch(request, forward)?;
    let next_hop = select_next_hop(&mut copy, forward.next_hop)?;
    check_secure(request, next_hop.proto)?;
    Ok((copy, next_hop))
}

/// A request to a `sips` URI leaves over TLS or not at all, and the URI of its target must not
/// change that (RFC 3261 16.6, 26.2.2; RFC 5630 5.4).
///
/// # Errors
/// [`ForwardError::Insecure`].
pub fn check_secure(request: &Message, proto: Proto) -> Result<(), ForwardError> {
    if is_sips(request) && !proto.is_secure() {
        return Err(ForwardError::Insecure);
    }
    Ok(())
}

fn is_sips(request: &Message) -> bool {
    let uri = request.request_uri().map(|uri| Uri::parse(uri.as_bytes()));
    matches!(uri, Some(Ok(uri)) if uri.scheme() == Scheme::Sips)
}

/// Steps 1 to 3 of 16.6, where the address to send to is known already: `forward.next_hop` is
/// not looked at, and Route stays as it is.
///
/// # Errors
/// [`ForwardError::TooManyHops`], [`ForwardError::Edit`].
pub fn clone_for_branch(request: &Message, forward: &Forward<'_>) -> Result<Message, ForwardError> {
    let mut copy = request.clone();
    if let Some(uri) = forward.request_uri {
        copy.set_request_uri(&as_request_uri(uri))?;
    }
    decrement_max_forwards(&mut copy)?;
    // Each goes on top of the one before.
    for route in forward.routes.iter().rev() {
        copy.prepend_header(HeaderName::Route, route)?;
    }
    Ok(copy)
}

/// Steps 6 and 7 of 16.6, for a request that is about to leave: where it goes, by `forced`
/// (Kamailio's `$du`, a URI), its topmost Route or its Request-URI. A strict router's route
/// set is put as that wants it.
///
/// # Errors
/// [`ForwardError`].
pub fn select_next_hop(
    request: &mut Message,
    forced: Option<&str>,
) -> Result<NextHop, ForwardError> {
    // A strict router's URI may take the target's place.
    let is_sips = is_sips(request);
    let next_hop = match forced {
        Some(uri) => next_hop_of(uri.as_bytes()),
        None => route_out(request),
    }?;
    if is_sips && !next_hop.proto.is_secure() {
        return Err(ForwardError::Insecure);
    }
    Ok(next_hop)
}

/// Steps 4, 8 and 9 of 16.6: Record-Route, our Via, and on streams Content-Length.
///
/// # Errors
/// [`ForwardError::Edit`].
pub fn add_via_and_record_route(
    request: &mut Message,
    hop_headers: &HopHeaders<'_>,
) -> Result<(), ForwardError> {
    hop_headers
        .record_route
        .write(request, hop_headers.tenant)?;
    request.prepend_header(HeaderName::Via, hop_headers.via.via(hop_headers.branch))?;
    if hop_headers.via.proto.is_reliable() {
        request.ensure_content_length()?;
    }
    Ok(())
}

fn decrement_max_forwards(request: &mut Message) -> Result<(), ForwardError> {
    let hops = match request.max_forwards() {
        Ok(Some(0)) => return Err(ForwardError::TooManyHops),
        Ok(Some(hops)) => hops - 1,
        Ok(None) | Err(_) => MAX_FORWARDS_DEFAULT,
    };
    Ok(request.set_header(HeaderName::MaxForwards, hops.to_string())?)
}

/// Steps 6 and 7: the topmost Route, else the Request-URI. A Route without `lr` is a strict
/// router's: it wants to see itself in the Request-URI and the target at the end of Route.
fn route_out(request: &mut Message) -> Result<NextHop, ForwardError> {
    let target = request.request_uri().unwrap_or_default();
    let Some(route) = request.routes().next() else {
        return next_hop_of(target.as_bytes());
    };
    let route = route.map_err(|_| NextHopError::BadUri)?;
    let uri = route.parse_uri().map_err(|_| NextHopError::BadUri)?;
    let next_hop = NextHop::of_uri(&uri)?;
    if !uri.is_loose_router() {
        let (strict, last) = (uri.as_request_uri().into_owned(), format!("<{target}>"));
        request.append_header(HeaderName::Route, last)?;
        request.remove_first_value(HeaderName::Route)?;
        request.set_request_uri(&strict)?;
    }
    Ok(next_hop)
}

/// A target's URI without what a Request-URI may not have (step 2, 19.1.1).
fn as_request_uri(uri: &str) -> Cow<'_, str> {
    Uri::parse(uri.as_bytes()).map_or(Cow::Borrowed(uri), |uri| uri.as_request_uri())
}

fn next_hop_of(uri: &[u8]) -> Result<NextHop, ForwardError> {
    let uri = Uri::parse(uri).map_err(|_| NextHopError::BadUri)?;
    Ok(NextHop::of_uri(&uri)?)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{request, text, values};

    fn forwarded(message: &Message, forward: &Forward<'_>) -> (Message, String) {
        let (copy, hop) = forward_request(message, forward).unwrap();
        (
            copy,
            format!("{} {}:{}", hop.proto, hop.host, hop.port_or_default()),
        )
    }

    #[test]
    fn the_copy_has_the_target_and_one_hop_less_and_the_original_stays() {
        let invite = request(
            "INVITE",
            "sip:bob@example.com",
            "Max-Forwards: 70\r\nX-a: 1\r\n",
        );
        let before = text(&invite);
        let forward = Forward {
            request_uri: Some("sip:bob@192.0.2.20:5070"),
            ..Forward::default()
        };
        let (copy, hop) = forwarded(&invite, &forward);
        assert_eq!(hop, "udp 192.0.2.20:5070");
        assert_eq!(copy.request_uri(), Some("sip:bob@192.0.2.20:5070"));
        assert_eq!(values(&copy, "Max-Forwards"), ["69"]);
        assert_eq!(values(&copy, "X-a"), ["1"]);
        assert_eq!(text(&invite), before);
    }

    #[test]
    fn what_a_request_uri_may_not_have_is_taken_off_a_target() {
        let called = |uri| {
            let forward = Forward {
                request_uri: Some(uri),
                ..Forward::default()
            };
            let (copy, _) = forwarded(&request("INVITE", "sip:a@b", ""), &forward);
            copy.request_uri().map(str::to_owned).unwrap()
        };
        assert_eq!(
            called("sip:h@192.0.2.20?Replaces=a%3Bb"),
            "sip:h@192.0.2.20"
        );
        assert_eq!(
            called("sip:m@192.0.2.20;method=INVITE;x=1"),
            "sip:m@192.0.2.20;x=1"
        );
        let routes = "Route: <sip:strict;method=INVITE?a=b>\r\n";
        let (copy, _) = forwarded(&request("BYE", "sip:a@b", routes), &Forward::default());
        assert_eq!(copy.request_uri(), Some("sip:strict"));
    }

    #[test]
    fn a_sips_uri_is_never_reached_in_the_clear() {
        let to = |uri, contact, forced| {
            let forward = Forward {
                request_uri: contact,
                next_hop: forced,
                ..Forward::default()
            };
            forward_request(&request("INVITE", uri, ""), &forward).map(|(_, hop)| hop.proto)
        };
        let (sips, sip) = ("sips:bob@example.com", "sip:bob@192.0.2.20");
        assert_eq!(to(sips, None, None), Ok(Proto::Tls));
        assert_eq!(to(sips, Some("sips:bob@192.0.2.20"), None), Ok(Proto::Tls));
        assert_eq!(to(sips, Some(sip), None), Err(ForwardError::Insecure));
        assert_eq!(to(sips, None, Some(sip)), Err(ForwardError::Insecure));
        assert_eq!(to(sip, Some(sips), Some(sip)), Err(ForwardError::Insecure));
        assert_eq!(to(sip, Some(sip), None), Ok(Proto::Udp));
        let strict = request("BYE", sips, "Route: <sip:strict>\r\n");
        let refused = forward_request(&strict, &Forward::default()).unwrap_err();
        assert_eq!((refused, refused.status().0), (ForwardError::Insecure, 480));
    }

    #[test]
    fn what_grows_too_large_on_its_way_is_answered_so() {
        let uri = format!("sip:{}", "u".repeat(20_000));
        let forward = Forward {
            request_uri: Some(&uri),
            ..Forward::default()
        };
        let refused = forward_request(&request("INVITE", "sip:a@b", ""), &forward).unwrap_err();
        assert_eq!(refused.status().0, 513);
    }

    #[test]
    fn max_forwards_is_added_when_missing_and_never_wraps() {
        let (copy, _) = forwarded(&request("INVITE", "sip:a@b", ""), &Forward::default());
        assert_eq!(values(&copy, "Max-Forwards"), ["70"]);
        let used_up = request("INVITE", "sip:a@b", "Max-Forwards: 0\r\n");
        let error = forward_request(&used_up, &Forward::default()).unwrap_err();
        assert_eq!((error, error.status().0), (ForwardError::TooManyHops, 483));
    }

    #[test]
    fn a_loose_route_decides_the_way_and_nothing_else() {
        let bye = request(
            "BYE",
            "sip:bob@192.0.2.20",
            "Route: <sip:p2:5080;transport=tcp;lr>, <sip:p3;lr>\r\n",
        );
        let (copy, hop) = forwarded(&bye, &Forward::default());
        assert_eq!(hop, "tcp p2:5080");
        assert_eq!(copy.request_uri(), Some("sip:bob@192.0.2.20"));
        assert_eq!(values(&copy, "Route").len(), 2);
    }

    #[test]
    fn a_strict_route_goes_into_the_request_uri_and_the_target_to_the_end() {
        let bye = request(
            "BYE",
            "sip:bob@192.0.2.20;x=y",
            "Route: <sip:strict:5080>, <sip:p3;lr>\r\n",
        );
        let (copy, hop) = forwarded(&bye, &Forward::default());
        assert_eq!(hop, "udp strict:5080");
        assert_eq!(copy.request_uri(), Some("sip:strict:5080"));
        assert_eq!(
            values(&copy, "Route"),
            ["<sip:p3;lr>", "<sip:bob@192.0.2.20;x=y>"]
        );
        let (copy, _) = forwarded(
            &request("BYE", "sip:bob@h", "Route: <sip:s>\r\n"),
            &Forward::default(),
        );
        assert_eq!(values(&copy, "Route"), ["<sip:bob@h>"]);
    }

    #[test]
    fn a_forced_next_hop_leaves_route_and_request_uri_alone() {
        let bye = request("BYE", "tel:+1202", "Route: <sip:strict>\r\n");
        let forward = Forward {
            next_hop: Some("sip:192.0.2.7;transport=tcp"),
            ..Forward::default()
        };
        let (copy, hop) = forwarded(&bye, &forward);
        assert_eq!(hop, "tcp 192.0.2.7:5060");
        assert_eq!(
            (copy.request_uri(), values(&copy, "Route")),
            (Some("tel:+1202"), vec!["<sip:strict>"])
        );
    }

    #[test]
    fn the_path_of_a_registration_goes_above_the_routes_that_are_there() {
        let invite = request("INVITE", "sip:bob@h", "Route: <sip:p9;lr>\r\n");
        let forward = Forward {
            routes: &["<sip:e1;lr>", "<sip:e2;lr>"],
            ..Forward::default()
        };
        let (copy, hop) = forwarded(&invite, &forward);
        assert_eq!(hop, "udp e1:5060");
        assert_eq!(
            values(&copy, "Route"),
            ["<sip:e1;lr>", "<sip:e2;lr>", "<sip:p9;lr>"]
        );
    }

    #[test]
    fn targets_that_lead_nowhere_are_errors_with_their_status() {
        let status = |uri: &str| {
            let request = request("INVITE", uri, "");
            forward_request(&request, &Forward::default())
                .unwrap_err()
                .status()
                .0
        };
        assert_eq!(status("tel:+1202"), 416);
        assert_eq!(status("sip:a@b;transport=sctp"), 478);
    }

    #[test]
    fn the_stamp_is_record_route_via_and_on_streams_a_length() {
        let udp = SentBy::of_addr(Proto::Udp, "192.0.2.1:5060".parse().unwrap());
        let tcp = SentBy::of_addr(Proto::Tcp, "192.0.2.1:5060".parse().unwrap());
        let mut invite = crate::testing::parse(
            "INVITE sip:bob@h SIP/2.0\r\nVia: SIP/2.0/UDP x;branch=z9hG4bKx\r\nCSeq: 1 INVITE\r\n\r\nbody",
        );
        let record_route = RecordRoute::between(&udp, &tcp);
        let hop_headers = HopHeaders {
            via: &tcp,
            branch: "z9hG4bKours",
            record_route,
            tenant: "demo",
        };
        add_via_and_record_route(&mut invite, &hop_headers).unwrap();
        assert_eq!(
            text(&invite),
            "INVITE sip:bob@h SIP/2.0\r\n\
             Record-Route: <sip:192.0.2.1:5060;transport=tcp;lr;r2=on;tenant=demo>\r\n\
             Record-Route: <sip:192.0.2.1:5060;lr;r2=on;tenant=demo>\r\n\
             Via: SIP/2.0/TCP 192.0.2.1:5060;branch=z9hG4bKours\r\nVia: SIP/2.0/UDP x;branch=z9hG4bKx\r\n\
             CSeq: 1 INVITE\r\nContent-Length: 4\r\n\r\nbody"
        );
    }
}
