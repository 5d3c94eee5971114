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
/// before us did.
///
/// # Errors
/// [`RouteError`] when the header fields cannot be edited.
pub fn preprocess(request: &mut Message, own: &Own) -> Result<Routed, RouteError> {
    undo_strict_routing(request, own)?;
    let mut by_us = false;
    // Two at most: one per transport that the request crossed here.
    for _ in 0..2 {
        if top_route(request, own) != Some(Whose::Ours) {
            break;
        }
        request.remove_first_value(HeaderName::Route)?;
        by_us = true;
    }
    Ok(Routed { by_us, goes_on: top_route(request, own).is_some() })
}

fn top_route(request: &Message, own: &Own) -> Option<Whose> {
    let route = request.routes().next()?.ok()?;
    Some(route.parse_uri().map_or(Whose::Foreign, |uri| own.whose(&uri)))
}

/// A strict router puts the Route entry that names us into the Request-URI and the real Request-URI at the end of the
/// route set. We recognise our own entry by its `lr`, which no other URI of ours has.
fn undo_strict_routing(request: &mut Message, own: &Own) -> Result<(), RouteError> {
    let is_our_route = request
        .request_uri()
        .and_then(|uri| Uri::parse(uri.as_bytes()).ok())
        .is_some_and(|uri| uri.is_loose_router() && uri.user().is_none() && own.whose(&uri) == Whose::Ours);
    if !is_our_route {
        return Ok(());
    }
    let routes: Vec<Vec<u8>> = request.routes().flatten().map(|route| route.raw().to_vec()).collect();
    let Some((last, before)) = routes.split_last() else { return Ok(()) };
    let Ok(target) = evroute_sip::NameAddr::parse(last) else { return Ok(()) };
    let target = String::from_utf8_lossy(target.uri()).into_owned();
    request.set_request_uri(&target)?;
    if before.is_empty() {
        request.remove_headers(HeaderName::Route);
    } else {
        request.set_header(HeaderName::Route, before.join(&b", "[..]))?;
    }
    Ok(())
}
