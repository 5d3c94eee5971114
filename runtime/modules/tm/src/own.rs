//! What is ours: names, domains, and the sides that messages leave by. Kamailio's `myself` and its sockets.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, UdpSocket};

use evroute_proxy::{OwnNames, SentBy};
use evroute_transport::Proto;

/// One address that is listened on.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Side {
    /// The address as it was bound.
    pub local: SocketAddr,
    /// How Via and Record-Route name it.
    pub sent_by: SentBy,
}

/// The addresses and domains that this server answers for. Made once at start.
#[derive(Clone, Debug, Default)]
pub struct Own {
    names: OwnNames,
    sides: Vec<Side>,
}

impl Own {
    /// What is ours: where we listen, and the domains of our tenants. An unspecified address (`0.0.0.0`) is named by the
    /// address that this host reaches others from.
    #[must_use]
    pub fn new(
        listeners: impl IntoIterator<Item = (Proto, SocketAddr)>,
        domains: impl IntoIterator<Item = String>,
    ) -> Self {
        let mut own = Self::default();
        for (proto, local) in listeners {
            own.listen(proto, local);
        }
        for domain in domains {
            own.names.add_domain(&domain);
        }
        own
    }

    fn listen(&mut self, proto: Proto, local: SocketAddr) {
        let advertised = SocketAddr::new(advertised(local.ip()), local.port());
        self.names.add_addr(local);
        self.names.add_addr(advertised);
        if local.ip().is_unspecified() {
            self.names
                .add_addr(SocketAddr::new(loopback(local.is_ipv4()), local.port()));
        }
        self.sides.push(Side {
            local,
            sent_by: SentBy::of_addr(proto, advertised),
        });
    }

    /// Names and domains.
    #[must_use]
    pub fn names(&self) -> &OwnNames {
        &self.names
    }

    /// The side a message leaves by: one of the protocol, on the same kind of address, best the one it came in by.
    #[must_use]
    pub fn side(&self, proto: Proto, to: IpAddr, prefer: Option<SocketAddr>) -> Option<&Side> {
        let fits =
            |side: &&Side| side.sent_by.proto == proto && side.local.is_ipv4() == to.is_ipv4();
        let preferred = prefer.and_then(|local| {
            self.sides
                .iter()
                .filter(fits)
                .find(|side| side.local == local)
        });
        preferred.or_else(|| self.sides.iter().find(fits))
    }
}

/// What others can be told of an address that is listened on.
fn advertised(local: IpAddr) -> IpAddr {
    if local.is_unspecified() {
        outward(local.is_ipv4())
    } else {
        local
    }
}

/// The address that this host reaches the world from, as its routing table says. Connecting a datagram socket sends nothing.
fn outward(is_ipv4: bool) -> IpAddr {
    // Addresses for documentation (RFC 5737, RFC 3849), which no route but the default one covers.
    let (any, world) = if is_ipv4 {
        ("0.0.0.0:0", "192.0.2.1:9")
    } else {
        ("[::]:0", "[2001:db8::1]:9")
    };
    let found = UdpSocket::bind(any).and_then(|socket| {
        socket.connect(world)?;
        socket.local_addr()
    });
    found.map_or_else(|_| loopback(is_ipv4), |local| local.ip())
}

fn loopback(is_ipv4: bool) -> IpAddr {
    if is_ipv4 {
        Ipv4Addr::LOCALHOST.into()
    } else {
        Ipv6Addr::LOCALHOST.into()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn own() -> Own {
        let listeners = [
            (Proto::Udp, "127.0.0.1:5060".parse().unwrap()),
            (Proto::Udp, "127.0.0.1:5064".parse().unwrap()),
            (Proto::Tcp, "[::1]:5062".parse().unwrap()),
        ];
        Own::new(listeners, ["example.com".to_owned()])
    }

    #[test]
    fn the_side_of_the_right_protocol_and_family_is_chosen_best_the_one_of_arrival() {
        let (own, v4) = (own(), "10.0.0.1".parse().unwrap());
        let port = |prefer: Option<&str>| {
            let side = own.side(Proto::Udp, v4, prefer.map(|local| local.parse().unwrap()));
            side.unwrap().sent_by.port
        };
        assert_eq!((port(None), port(Some("127.0.0.1:5064"))), (5060, 5064));
        assert_eq!(port(Some("127.0.0.1:9")), 5060);
        assert_eq!(own.side(Proto::Udp, "::2".parse().unwrap(), None), None);
        assert_eq!(
            own.side(Proto::Tcp, "::2".parse().unwrap(), None)
                .unwrap()
                .local
                .port(),
            5062
        );
    }

    #[test]
    fn an_unspecified_address_is_never_told_to_others() {
        let own = Own::new([(Proto::Udp, "0.0.0.0:5060".parse().unwrap())], []);
        let side = own
            .side(Proto::Udp, "192.0.2.1".parse().unwrap(), None)
            .unwrap();
        assert_eq!(side.local, "0.0.0.0:5060".parse().unwrap());
        assert!(
            !side.sent_by.to_string().starts_with("0.0.0.0"),
            "{}",
            side.sent_by
        );
        let loopback = evroute_sip::Uri::parse(b"sip:127.0.0.1;lr").unwrap();
        assert!(own.names().is_own_uri(&loopback));
    }
}
