//! Whom we carry requests for. A server that forwards for anybody to anybody is an open
//! relay: it hides where toll fraud and floods come from.

use evroute_sip::Message;

use crate::refusal::Refusal;
use crate::route_set::Routed;

/// Who chose where the request is going.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Destination {
    /// The Request-URI's domain is one that we serve.
    Served,
    /// Our location table or a handler chose it: the tenant's own will.
    Chosen,
    /// The sender alone: the Request-URI names a host that is no business of ours.
    AsRequested,
}

/// What the tenant allows.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum RelayPolicy {
    /// Only requests that are ours to carry.
    #[default]
    Refuse,
    /// Everything. For closed networks.
    Allow,
}

/// Whether a request may be forwarded: it goes where we serve or chose, or it belongs to a
/// dialog that we recorded a route in (To tag and our Route, as in Kamailio's
/// `loose_route()` after `has_totag()`).
///
/// A stranger can make up a To tag and a Route of ours. That buys him no new call: whom an
/// INVITE with an unknown To tag reaches has to answer 481 (12.2.2).
///
/// # Errors
/// [`Refusal::RelayForbidden`].
pub fn check_relay(
    request: &Message,
    routed: &Routed,
    destination: Destination,
    policy: RelayPolicy,
) -> Result<(), Refusal> {
    let is_ours = match destination {
        Destination::Served | Destination::Chosen => true,
        Destination::AsRequested => is_in_recorded_dialog(request, routed),
    };
    match (is_ours, policy) {
        (true, _) | (false, RelayPolicy::Allow) => Ok(()),
        (false, RelayPolicy::Refuse) => Err(Refusal::RelayForbidden),
    }
}

fn is_in_recorded_dialog(request: &Message, routed: &Routed) -> bool {
    match routed {
        Routed::Ours(_) => request.is_in_dialog(),
        Routed::No | Routed::Elsewhere => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::route_set::preprocess_route;
    use crate::testing::{own, parse};

    fn checked(to: &str, route: &str, destination: Destination) -> Result<(), Refusal> {
        let mut request = parse(&format!(
            "INVITE sip:x@203.0.113.5 SIP/2.0\r\nVia: SIP/2.0/UDP h;branch=z9hG4bKa\r\n{route}\
             From: <sip:a@b>;tag=1\r\nTo: <sip:x@203.0.113.5>{to}\r\nCall-ID: c\r\nCSeq: 1 INVITE\r\n\r\n"
        ));
        let routed = preprocess_route(&mut request, &own()).unwrap();
        check_relay(&request, &routed, destination, RelayPolicy::Refuse)
    }

    #[test]
    fn strangers_are_not_relayed_even_with_a_preloaded_route() {
        let refused = Err(Refusal::RelayForbidden);
        assert_eq!(checked("", "", Destination::AsRequested), refused);
        assert_eq!(checked(";tag=t", "", Destination::AsRequested), refused);
        assert_eq!(
            checked(
                "",
                "Route: <sip:192.0.2.1;lr>\r\n",
                Destination::AsRequested
            ),
            refused
        );
        assert_eq!(
            checked(";tag=t", "Route: <sip:x;lr>\r\n", Destination::AsRequested),
            refused
        );
        assert_eq!(
            refused.clone().unwrap_err().status(),
            (403, "Relaying Forbidden")
        );
    }

    #[test]
    fn what_is_served_chosen_or_in_a_recorded_dialog_passes() {
        assert_eq!(checked("", "", Destination::Served), Ok(()));
        assert_eq!(checked("", "", Destination::Chosen), Ok(()));
        let route = "Route: <sip:192.0.2.1;lr>\r\n";
        assert_eq!(checked(";tag=t", route, Destination::AsRequested), Ok(()));
    }

    #[test]
    fn a_tenant_may_allow_everything() {
        let request = crate::testing::request("INVITE", "sip:x@203.0.113.5", "");
        let checked = check_relay(
            &request,
            &Routed::No,
            Destination::AsRequested,
            RelayPolicy::Allow,
        );
        assert_eq!(checked, Ok(()));
    }
}
