//! Route information preprocessing: RFC 3261 16.4.

use evroute_sip::{EditError, HeaderName, Message, Uri};

use crate::{Own, Whose};

/// What the Route header fields say about a request.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Routed {
    /// The request named us in its route set: it follows a path that we recorded ourselves.
    pub by_us: bool,
    /// More routes follow after ours.
    pub goes_on: bool,
}

/// The route set cannot be worked with.
#[derive(Debug, thiserror::Error)]
#[error("the route set cannot be read: {0}")]
pub struct RouteError(#[from] EditError);

/// Takes our own entries off the top of the route set, both of a double Record-Route, and undoes what a strict router
/// before us did. A Request-URI that reaches us by its `maddr` means its host from here on.
///
/// # Errors
/// [`RouteError`] when the header fields cannot be edited.
pub fn preprocess(request: &mut Message, own: &Own) -> Result<Routed, RouteError> {
    let mut by_us = undo_strict_routing(request, own)?;
    strip_maddr(request, own)?;
    // Two at most: one per transport that the request crossed here.
    for _ in 0..2 {
        if top_route(request, own) != Some(Whose::Ours) {
            break;
        }
        request.remove_first_value(HeaderName::Route)?;
        by_us = true;
    }
    Ok(Routed {
        by_us,
        goes_on: top_route(request, own).is_some(),
    })
}

fn top_route(request: &Message, own: &Own) -> Option<Whose> {
    let route = request.routes().next()?.ok()?;
    Some(
        route
            .parse_uri()
            .map_or(Whose::Foreign, |uri| own.whose(&uri)),
    )
}

/// A strict router puts the Route entry that names us into the Request-URI and the real Request-URI at the end of the
/// route set. We recognise our own entry by its `lr`, which no other URI of ours has.
fn undo_strict_routing(request: &mut Message, own: &Own) -> Result<bool, RouteError> {
    let is_our_route = request
        .request_uri()
        .and_then(|uri| Uri::parse(uri.as_bytes()).ok())
        .is_some_and(|uri| {
            uri.is_loose_router() && uri.user().is_none() && own.whose(&uri) == Whose::Ours
        });
    if !is_our_route {
        return Ok(false);
    }
    let routes: Vec<Vec<u8>> = request
        .routes()
        .flatten()
        .map(|route| route.raw().to_vec())
        .collect();
    let Some((last, before)) = routes.split_last() else {
        return Ok(false);
    };
    let Ok(target) = evroute_sip::NameAddr::parse(last) else {
        return Ok(false);
    };
    let target = String::from_utf8_lossy(target.uri()).into_owned();
    request.set_request_uri(&target)?;
    if before.is_empty() {
        request.remove_headers(HeaderName::Route);
    } else {
        request.set_header(HeaderName::Route, without_folds(&before.join(&b", "[..])))?;
    }
    Ok(true)
}

/// A fold cannot be written back as it is.
fn without_folds(value: &[u8]) -> Vec<u8> {
    let is_line_end = |octet: &u8| matches!(octet, b'\r' | b'\n');
    value
        .iter()
        .map(|octet| if is_line_end(octet) { b' ' } else { *octet })
        .collect()
}

/// 16.4, third paragraph: a `maddr` that is us goes, and with it a port and transport that are not the default.
fn strip_maddr(request: &mut Message, own: &Own) -> Result<(), RouteError> {
    let Some(uri) = request
        .request_uri()
        .and_then(|uri| Uri::parse(uri.as_bytes()).ok())
    else {
        return Ok(());
    };
    let Some(maddr) = uri.maddr() else {
        return Ok(());
    };
    let port = uri.port().map_or(String::new(), |port| format!(":{port}"));
    let named = format!("{}:{maddr}{port}", uri.scheme().as_str());
    let is_us = Uri::parse(named.as_bytes()).is_ok_and(|named| own.whose(&named) == Whose::Ours);
    if !is_us {
        return Ok(());
    }
    let user = uri
        .user()
        .map_or(String::new(), |user| match uri.password() {
            Some(password) => format!("{user}:{password}@"),
            None => format!("{user}@"),
        });
    let mut plain = format!("{}:{user}{}", uri.scheme().as_str(), uri.host());
    for param in uri.params().iter() {
        if [&b"maddr"[..], b"transport"]
            .iter()
            .any(|gone| param.name.eq_ignore_ascii_case(gone))
        {
            continue;
        }
        plain.push(';');
        plain.push_str(&String::from_utf8_lossy(param.name));
        if let Some(value) = param.value {
            plain.push('=');
            plain.push_str(&String::from_utf8_lossy(value));
        }
    }
    Ok(request.set_request_uri(&plain)?)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{own, request, values};

    fn preprocessed(uri: &str, routes: &str) -> (Routed, Message) {
        let mut request = request("BYE", uri, routes);
        let routed = preprocess(&mut request, &own()).unwrap();
        (routed, request)
    }

    #[test]
    fn our_own_routes_are_taken_off_and_those_of_others_stay() {
        for (routes, by_us, left) in [
            ("", false, &[][..]),
            ("Route: <sip:192.0.2.1;lr>\r\n", true, &[]),
            (
                "Route: <sip:192.0.2.1;lr>, <sip:x;lr>\r\n",
                true,
                &["<sip:x;lr>"],
            ),
            (
                "Route: <sip:192.0.2.1;lr>,<sip:192.0.2.1:5062;transport=tcp;lr>\r\nRoute: <sip:x;lr>\r\n",
                true,
                &["<sip:x;lr>"],
            ),
            (
                "Route: <sip:x;lr>, <sip:192.0.2.1;lr>\r\n",
                false,
                &["<sip:x;lr>", "<sip:192.0.2.1;lr>"],
            ),
        ] {
            let (routed, request) = preprocessed("sip:bob@192.0.2.20", routes);
            assert_eq!(
                routed,
                Routed {
                    by_us,
                    goes_on: !left.is_empty()
                },
                "{routes}"
            );
            assert_eq!(values(&request, "Route"), left);
            assert_eq!(request.request_uri(), Some("sip:bob@192.0.2.20"));
        }
    }

    #[test]
    fn what_a_strict_router_did_is_undone() {
        let routes = "Route: <sip:p2;lr>,\r\n <sip:p3;lr>, <sip:bob@192.0.2.20;x=y>\r\n";
        let (routed, request) = preprocessed("sip:192.0.2.1:5060;lr", routes);
        assert_eq!(
            routed,
            Routed {
                by_us: true,
                goes_on: true
            }
        );
        assert_eq!(request.request_uri(), Some("sip:bob@192.0.2.20;x=y"));
        assert_eq!(values(&request, "Route"), ["<sip:p2;lr>", "<sip:p3;lr>"]);
        let (routed, request) = preprocessed("sip:192.0.2.1;lr", "Route: <sip:bob@192.0.2.20>\r\n");
        assert_eq!(
            routed,
            Routed {
                by_us: true,
                goes_on: false
            }
        );
        assert_eq!(request.request_uri(), Some("sip:bob@192.0.2.20"));
    }

    #[test]
    fn a_request_to_ourselves_is_not_taken_for_a_strict_routers() {
        for uri in ["sip:192.0.2.1", "sip:bob@192.0.2.1;lr", "sip:192.0.2.2;lr"] {
            let (routed, request) = preprocessed(uri, "Route: <sip:x;lr>\r\n");
            assert_eq!((routed.by_us, request.request_uri()), (false, Some(uri)));
        }
        assert!(!preprocessed("sip:192.0.2.1;lr", "").0.by_us);
    }

    #[test]
    fn a_maddr_that_is_us_goes_with_its_port_and_transport() {
        let after = |uri: &str| preprocessed(uri, "").1.request_uri().unwrap().to_owned();
        assert_eq!(
            after("sip:bob:pw@example.com:5060;transport=tcp;maddr=192.0.2.1;x=y"),
            "sip:bob:pw@example.com;x=y"
        );
        for kept in [
            "sip:bob@example.com;maddr=192.0.2.2",
            "sip:bob@example.com:5070;maddr=192.0.2.1",
        ] {
            assert_eq!(after(kept), kept);
        }
    }
}
