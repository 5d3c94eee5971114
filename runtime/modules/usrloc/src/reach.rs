//! How a registered contact is reached: by its URI, or back the way it registered.

use evroute_proxy::leads_nowhere;
use evroute_sip::Uri;
use evroute_transport::Flow;

/// How a registered contact is reached.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Reach {
    /// By its URI, as RFC 3261 has it.
    Uri,
    /// Back the way the REGISTER came: the URI leads nowhere from here.
    Flow,
}

impl Reach {
    /// By its flow where its URI [leads nowhere](leads_nowhere). As Kamailio's
    /// `fix_nated_register`.
    ///
    /// `is_direct`: one Via only. What came through another proxy goes back through that.
    #[must_use]
    pub fn of(contact: &Uri<'_>, flow: &Flow, is_direct: bool) -> Self {
        if is_direct && leads_nowhere(contact, flow) {
            Self::Flow
        } else {
            Self::Uri
        }
    }
}

#[cfg(test)]
mod tests {
    use evroute_transport::Proto;

    use super::*;

    #[test]
    fn who_is_behind_a_nat_and_spoke_to_us_directly_is_reached_by_the_flow() {
        let flow = Flow {
            proto: Proto::Udp,
            local: "192.0.2.1:5060".parse().unwrap(),
            remote: "203.0.113.5:4000".parse().unwrap(),
            connection: None,
        };
        for (contact, is_direct, reach) in [
            ("sip:a@10.0.0.7", true, Reach::Flow),
            ("sip:a@10.0.0.7", false, Reach::Uri),
            ("sip:a@198.51.100.9", true, Reach::Uri),
        ] {
            let uri = Uri::parse(contact.as_bytes()).unwrap();
            assert_eq!(Reach::of(&uri, &flow, is_direct), reach, "{contact}");
        }
    }
}
