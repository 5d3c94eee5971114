//! How a registered contact is reached: by its URI, or back the way it registered.

use std::net::IpAddr;

use evroute_sip::Uri;
use evroute_transport::{Flow, Proto};

/// How a registered contact is reached.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Reach {
    /// By its URI, as RFC 3261 has it.
    Uri,
    /// Back the way the REGISTER came: the URI leads nowhere from here.
    Flow,
}

impl Reach {
    /// Looks for a NAT between the phone and us, as Kamailio's `nat_uac_test` does: the
    /// phone spoke to us directly, and its contact names an address that is private to it
    /// (RFC 1918, RFC 6598, RFC 4193, link-local) and not the one it came from, or none at
    /// all (`.invalid`, RFC 7118 5). WebSocket clients cannot be dialled.
    ///
    /// `is_direct`: one Via only. What came through another proxy goes back through that.
    #[must_use]
    pub fn of(contact: &Uri<'_>, flow: &Flow, is_direct: bool) -> Self {
        if !is_direct {
            return Self::Uri;
        }
        let is_unreachable = match flow.proto {
            Proto::Ws | Proto::Wss => true,
            Proto::Udp | Proto::Tcp | Proto::Tls => match contact.host_ip() {
                Some(ip) => is_private(ip) && ip.to_canonical() != flow.remote.ip().to_canonical(),
                None => is_invalid_name(contact.host()),
            },
        };
        if is_unreachable {
            Self::Flow
        } else {
            Self::Uri
        }
    }
}

fn is_private(ip: IpAddr) -> bool {
    match ip.to_canonical() {
        IpAddr::V4(ip) => {
            let [first, second, ..] = ip.octets();
            let is_shared = first == 100 && (64..128).contains(&second);
            ip.is_private() || ip.is_link_local() || ip.is_unspecified() || is_shared
        }
        IpAddr::V6(ip) => ip.is_unique_local() || ip.is_unicast_link_local() || ip.is_unspecified(),
    }
}

fn is_invalid_name(host: &str) -> bool {
    let host = host.strip_suffix('.').unwrap_or(host);
    host.rsplit('.')
        .next()
        .is_some_and(|last| last.eq_ignore_ascii_case("invalid"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn reach(contact: &str, proto: Proto, remote: &str, is_direct: bool) -> Reach {
        let local = "192.0.2.1:5060".parse().unwrap();
        let flow = Flow {
            proto,
            local,
            remote: remote.parse().unwrap(),
            connection: None,
        };
        Reach::of(&Uri::parse(contact.as_bytes()).unwrap(), &flow, is_direct)
    }

    #[test]
    fn a_private_address_behind_another_is_reached_by_its_flow() {
        for contact in [
            "sip:a@10.0.0.7:5060",
            "sip:a@100.64.0.1",
            "sip:a@[fd00::1]",
            "sip:a@x.invalid",
        ] {
            assert_eq!(
                reach(contact, Proto::Udp, "203.0.113.5:4000", true),
                Reach::Flow,
                "{contact}"
            );
            assert_eq!(
                reach(contact, Proto::Udp, "203.0.113.5:4000", false),
                Reach::Uri,
                "{contact}"
            );
        }
        assert_eq!(
            reach("sip:a@203.0.113.5", Proto::Ws, "203.0.113.5:4000", true),
            Reach::Flow
        );
    }

    #[test]
    fn an_address_that_can_be_reached_is_reached_by_its_uri() {
        for (contact, remote) in [
            ("sip:a@127.0.0.1:5080", "127.0.0.1:39999"),
            ("sip:a@10.0.0.7:5080", "10.0.0.7:5060"),
            ("sip:a@198.51.100.9", "203.0.113.5:4000"),
            ("sip:a@phone.example.com", "203.0.113.5:4000"),
        ] {
            assert_eq!(
                reach(contact, Proto::Tcp, remote, true),
                Reach::Uri,
                "{contact}"
            );
        }
    }
}
