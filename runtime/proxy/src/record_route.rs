//! Record-Route: staying on the path of a dialog (RFC 3261 16.6 step 4, RFC 5658).

use evroute_sip::{EditError, HeaderName, Message, Method, Scheme, Uri};
use evroute_transport::Proto;

use crate::own_names::OwnNames;
use crate::sent_by::SentBy;

/// The parameter of our Record-Route that names the dialog's tenant: what its later requests have
/// in From, To and the Request-URI may be others' hosts altogether.
const TENANT: &str = "tenant";

/// The tenant in whose dialog a request is, by our Route: what
/// [`HopHeaders::tenant`](crate::Stamp::tenant) was when it was recorded. None outside of dialogs,
/// which requests without a To tag are (RFC 3261 12.2): there nobody but the domains says whose a
/// request is. Anybody can write a Route and a tag, as anybody can write a From.
#[must_use]
pub fn recorded_tenant<'a>(request: &'a Message, own: &OwnNames) -> Option<&'a str> {
    if !request.is_in_dialog() {
        return None;
    }
    let named = |uri: Uri<'a>| {
        let is_ours = uri.is_loose_router() && own.is_own_uri(&uri);
        let value = uri.param(TENANT).filter(|_| is_ours)?.value?;
        std::str::from_utf8(value).ok()
    };
    let route = request.routes().next().and_then(Result::ok);
    let route = route.and_then(|route| Uri::parse(route.uri()).ok());
    // A strict router has put our Route into the Request-URI (RFC 3261 16.4).
    let target = || Uri::parse(request.request_uri()?.as_bytes()).ok();
    route.and_then(named).or_else(|| named(target()?))
}

/// What a forwarded request says about the way of later ones.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RecordRoute<'a> {
    /// Nothing: later requests pass us by.
    No,
    /// They come back to this side of ours.
    Single(&'a SentBy),
    /// The two ends reach us at different addresses or by different protocols: each gets
    /// the side it can reach (RFC 5658 3; Kamailio's `enable_double_rr`).
    Double {
        /// The side the request came in by.
        inbound: &'a SentBy,
        /// The side it leaves by.
        outbound: &'a SentBy,
    },
}

impl<'a> RecordRoute<'a> {
    /// One value when both sides are the same, else two.
    #[must_use]
    pub fn between(inbound: &'a SentBy, outbound: &'a SentBy) -> Self {
        if inbound == outbound {
            Self::Single(outbound)
        } else {
            Self::Double { inbound, outbound }
        }
    }

    /// Writes it into a request, with the tenant whose dialog it will be, if it has a name.
    pub(crate) fn write(self, request: &mut Message, tenant: &str) -> Result<(), EditError> {
        if self == Self::No {
            return Ok(());
        }
        let scheme = if needs_sips(request) { "sips" } else { "sip" };
        let mut more = String::new();
        if !tenant.is_empty() {
            more = format!(";{TENANT}={tenant}");
        }
        match self {
            Self::No => Ok(()),
            Self::Single(side) => {
                request.prepend_header(HeaderName::RecordRoute, value(scheme, "", side, &more))
            }
            Self::Double { inbound, outbound } => {
                more.insert_str(0, ";r2=on");
                // The callee uses the list from the top, the caller from the bottom. Two fields,
                // as Kamailio writes them: who copies one field only has lost the other of a list.
                let (top, below) = (
                    value(scheme, "", outbound, &more),
                    value(scheme, "", inbound, &more),
                );
                request.prepend_header(HeaderName::RecordRoute, below)?;
                request.prepend_header(HeaderName::RecordRoute, top)
            }
        }
    }
}

/// Whether a request makes a route set that we can be in: one that begins a dialog, and every
/// NOTIFY, which may begin one even with a To tag (RFC 6665 4.3). What a later request of a
/// dialog records is ignored (12.2), so it is spared the bytes.
#[must_use]
pub fn is_recorded(request: &Message) -> bool {
    match request.method() {
        Method::Notify => true,
        Method::Invite | Method::Subscribe | Method::Refer => {
            request.to().is_ok_and(|to| to.tag().is_none())
        }
        Method::Ack
        | Method::Bye
        | Method::Cancel
        | Method::Info
        | Method::Message
        | Method::Options
        | Method::Prack
        | Method::Publish
        | Method::Register
        | Method::Update
        | Method::Other(_) => false,
    }
}

/// A SIPS Request-URI or topmost Route asks for a SIPS Record-Route.
pub(crate) fn needs_sips(request: &Message) -> bool {
    let is_sips = |uri: &[u8]| Uri::parse(uri).is_ok_and(|uri| uri.scheme() == Scheme::Sips);
    let route = request.routes().next().and_then(Result::ok);
    request
        .request_uri()
        .is_some_and(|uri| is_sips(uri.as_bytes()))
        || route.is_some_and(|route| is_sips(route.uri()))
}

/// A URI of ours as Record-Route and Path have it; `user` with its `@`.
pub(crate) fn value(scheme: &str, user: &str, side: &SentBy, more: &str) -> String {
    let transport = match (side.proto, scheme) {
        (Proto::Udp, _) | (Proto::Tls, "sips") => "",
        // In a `sips` URI the transport is what TLS runs on (RFC 3261 26.2.2).
        (Proto::Wss, "sips") => ";transport=ws",
        (Proto::Tcp, _) => ";transport=tcp",
        (Proto::Tls, _) => ";transport=tls",
        (Proto::Ws, _) => ";transport=ws",
        (Proto::Wss, _) => ";transport=wss",
    };
    format!("<{scheme}:{user}{side}{transport};lr{more}>")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{own, request, request_in_dialog, values};

    fn side(proto: Proto, addr: &str) -> SentBy {
        SentBy::of_addr(proto, addr.parse().unwrap())
    }

    fn written(uri: &str, headers: &str, record_route: RecordRoute<'_>) -> Vec<String> {
        let mut request = request("INVITE", uri, headers);
        record_route.write(&mut request, "").unwrap();
        values(&request, "Record-Route")
            .into_iter()
            .map(str::to_owned)
            .collect()
    }

    #[test]
    fn one_side_gives_one_value_above_those_of_others() {
        let udp = side(Proto::Udp, "192.0.2.1:5060");
        let record_route = RecordRoute::between(&udp, &udp);
        assert_eq!(
            written("sip:a@b", "Record-Route: <sip:x;lr>\r\n", record_route),
            ["<sip:192.0.2.1:5060;lr>", "<sip:x;lr>"]
        );
        assert!(written("sip:a@b", "", RecordRoute::No).is_empty());
    }

    #[test]
    fn two_sides_give_two_values_the_outer_one_on_top() {
        let udp = side(Proto::Udp, "192.0.2.1:5060");
        let tcp = side(Proto::Tcp, "[2001:db8::1]:5060");
        let mut invite = request("INVITE", "sip:a@b", "Record-Route: <sip:x;lr>\r\n");
        let record_route = RecordRoute::between(&udp, &tcp);
        record_route.write(&mut invite, "").unwrap();
        // A field each: phones that copy one field only would lose the second of a list.
        let fields: Vec<_> = invite.headers("Record-Route").collect();
        assert_eq!(
            fields,
            [
                &b"<sip:[2001:db8::1]:5060;transport=tcp;lr;r2=on>"[..],
                b"<sip:192.0.2.1:5060;lr;r2=on>",
                b"<sip:x;lr>",
            ]
        );
    }

    #[test]
    fn the_tenant_of_a_dialog_is_in_our_route_and_in_no_other() {
        let udp = side(Proto::Udp, "192.0.2.1:5060");
        let tcp = side(Proto::Tcp, "192.0.2.1:5060");
        for record_route in [RecordRoute::Single(&udp), RecordRoute::between(&udp, &tcp)] {
            let mut invite = request("INVITE", "sip:a@b", "");
            record_route.write(&mut invite, "demo").unwrap();
            let recorded = values(&invite, "Record-Route").join(", ");
            let route = format!("Route: {recorded}\r\n");
            let bye = request_in_dialog("BYE", "sip:a@h", &route);
            assert_eq!(recorded_tenant(&bye, &own()), Some("demo"), "{recorded}");
            let stranger = request("MESSAGE", "sip:a@h", &route);
            assert_eq!(recorded_tenant(&stranger, &own()), None, "no To tag");
        }
        let tenant = |uri: &str, headers: &str| {
            let request = request_in_dialog("BYE", uri, headers);
            recorded_tenant(&request, &own()).map(str::to_owned)
        };
        let strict = "sip:192.0.2.1;lr;tenant=demo";
        assert_eq!(
            tenant(strict, "Route: <sip:a@h>\r\n").as_deref(),
            Some("demo")
        );
        assert_eq!(tenant("sip:a@h", "Route: <sip:x;lr;tenant=demo>\r\n"), None);
        assert_eq!(tenant("sip:a@h", "Route: <sip:192.0.2.1;lr>\r\n"), None);
        assert_eq!(
            tenant("sip:a@h", "Route: <sip:192.0.2.1;lr;tenant>\r\n"),
            None
        );
        assert_eq!(tenant("sip:a@h;tenant=demo", ""), None);
    }

    #[test]
    fn what_begins_a_dialog_is_recorded() {
        for (method, is_recorded_) in [("INVITE", true), ("NOTIFY", true), ("MESSAGE", false)] {
            let request = request(method, "sip:a@b", "");
            assert_eq!(is_recorded(&request), is_recorded_, "{method}");
        }
        let again = crate::testing::parse(
            "INVITE sip:a@b SIP/2.0\r\nTo: <sip:a@b>;tag=t\r\nCSeq: 2 INVITE\r\n\r\n",
        );
        assert!(!is_recorded(&again));
    }

    #[test]
    fn sips_requests_get_sips_record_routes() {
        let tls = side(Proto::Tls, "192.0.2.1:5061");
        assert_eq!(
            written("sips:a@b", "", RecordRoute::Single(&tls)),
            ["<sips:192.0.2.1:5061;lr>"]
        );
        assert_eq!(
            written(
                "sip:a@b",
                "Route: <sips:x;lr>\r\n",
                RecordRoute::Single(&tls)
            ),
            ["<sips:192.0.2.1:5061;lr>"]
        );
        assert_eq!(
            written("sip:a@b", "", RecordRoute::Single(&tls)),
            ["<sip:192.0.2.1:5061;transport=tls;lr>"]
        );
    }
}
