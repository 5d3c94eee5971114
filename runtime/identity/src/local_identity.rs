//! What is ours: names, domains, and the sides that messages leave by. Kamailio's `myself` and its
//! sockets.

mod destinations;

use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;

use evroute_proxy::{Host, OwnNames, SentBy};
use evroute_tenant::{TenantId, TenantIndex};
use evroute_transport::{Listen, Proto};

use crate::host_addresses::RoutingTable;
pub use destinations::DestinationError;
use destinations::Destinations;

/// One address that is listened on, as one peer sees it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct LocalEndpoint {
    /// The address as it was bound.
    pub local: SocketAddr,
    /// How Via and Record-Route name it: never an unspecified address.
    pub sent_by: SentBy,
}

#[derive(Clone, Debug)]
struct Listener {
    listen: Listen,
    /// What is advertised for it, where that is not its address.
    advertised: Option<SentBy>,
}

/// The addresses and domains that this server answers for. Made once at start.
#[derive(Clone, Debug, Default)]
pub struct LocalIdentity {
    names: OwnNames,
    listeners: Vec<Listener>,
    routing: Arc<RoutingTable>,
    tenants: Vec<TenantId>,
    homes: Vec<Option<String>>,
    destinations: Arc<[Destinations]>,
    /// Sockets of this process besides the listeners.
    sockets: Vec<SocketAddr>,
}

impl LocalIdentity {
    /// What is ours: where we listen, what is advertised in its place (Kamailio's `advertise`), and
    /// the domains of our tenants. An unspecified address (`0.0.0.0`) stands for all addresses of
    /// this host; each peer is told the one that it is reached from, unless something is
    /// advertised.
    #[must_use]
    pub fn new(
        listeners: impl IntoIterator<Item = (Listen, Option<SentBy>)>,
        domains: impl IntoIterator<Item = String>,
    ) -> Self {
        let mut identity = Self::default();
        identity
            .names
            .set_host_addresses(Arc::clone(&identity.routing) as _);
        for (listen, advertised) in listeners {
            identity.names.add_addr(listen.addr);
            if let Some(SentBy { host, port, .. }) = &advertised {
                identity.names.add_alias(&host.to_string(), Some(*port));
            }
            identity.listeners.push(Listener { listen, advertised });
        }
        for domain in domains {
            identity.names.add_domain(&domain);
        }
        identity
    }

    /// The same with the tenants' names, in the order of their indices: lines of the log say them.
    #[must_use]
    pub fn with_tenants(mut self, tenants: impl IntoIterator<Item = TenantId>) -> Self {
        self.tenants = tenants.into_iter().collect();
        self
    }

    /// The same with one domain of each tenant that has any, in the order of their indices: where
    /// its own requests come from.
    #[must_use]
    pub fn with_homes(mut self, domains: impl IntoIterator<Item = Option<String>>) -> Self {
        self.homes = domains.into_iter().collect();
        self
    }

    /// Where a tenant's own requests come from when nothing else says it: a domain of its own, or
    /// where we listen.
    #[must_use]
    pub fn home(&self, index: TenantIndex) -> String {
        let domain = self.homes.get(index.position()).cloned().flatten();
        let listener = || {
            let first = self.listeners.first()?;
            let advertised = first.advertised.as_ref();
            let known = !first.listen.addr.ip().is_unspecified();
            advertised
                .map(ToString::to_string)
                .or_else(|| known.then(|| first.listen.addr.to_string()))
        };
        domain
            .or_else(listener)
            .unwrap_or_else(|| "localhost".to_owned())
    }

    /// A tenant's name, for the log.
    #[must_use]
    pub fn tenant(&self, index: TenantIndex) -> Option<&str> {
        self.tenants.get(index.position()).map(TenantId::as_str)
    }

    /// Names and domains.
    #[must_use]
    pub fn names(&self) -> &OwnNames {
        &self.names
    }

    /// The endpoint a message to this address leaves by: one of the protocol, on the same kind of
    /// address, best `prefer` (where a connection that was accepted has the address it was accepted
    /// at), else one at that IP address.
    #[must_use]
    pub fn endpoint(
        &self,
        proto: Proto,
        to: IpAddr,
        prefer: Option<SocketAddr>,
    ) -> Option<LocalEndpoint> {
        let fits = |one: &&Listener| {
            one.listen.proto == proto && one.listen.addr.is_ipv4() == to.is_ipv4()
        };
        let fitting = || self.listeners.iter().filter(fits);
        let preferred = prefer.and_then(|local| {
            let at_its_ip = || fitting().find(|one| one.listen.addr.ip() == local.ip());
            let itself = fitting().find(|one| takes(&one.listen, local));
            itself.or_else(at_its_ip)
        });
        let listener = preferred.or_else(|| fitting().next())?;
        Some(self.as_seen_from(listener, to))
    }

    /// The listener that a Record-Route of ours named so; none where it is a domain, or nothing
    /// that we listen on any more.
    #[must_use]
    pub fn named(&self, endpoint: &SentBy) -> Option<SocketAddr> {
        let is_it = |one: &&Listener| {
            let is_named = match (&one.advertised, &endpoint.host) {
                (Some(advertised), _) => advertised == endpoint,
                (None, Host::Ip(ip)) => takes(&one.listen, SocketAddr::new(*ip, endpoint.port)),
                (None, Host::Name(_)) => false,
            };
            one.listen.proto == endpoint.proto && is_named
        };
        self.listeners.iter().find(is_it).map(|one| one.listen.addr)
    }

    /// Whether anything is listened on that `sips` may be spoken over.
    #[must_use]
    pub fn is_secure(&self) -> bool {
        let mut listeners = self.listeners.iter();
        listeners.any(|one| one.listen.proto.is_secure())
    }

    /// Whether there is a endpoint by which a message to this address could leave.
    #[must_use]
    pub fn has_endpoint(&self, proto: Proto, to: IpAddr) -> bool {
        let fits =
            |one: &Listener| one.listen.proto == proto && one.listen.addr.is_ipv4() == to.is_ipv4();
        self.listeners.iter().any(fits)
    }

    /// The listener that a message came to at one of our addresses; for a connection that we
    /// dialled, that address.
    #[must_use]
    pub fn listener(&self, proto: Proto, local: SocketAddr) -> SocketAddr {
        let fits = |one: &&Listener| one.listen.proto == proto && takes(&one.listen, local);
        let found = self.listeners.iter().find(fits);
        found.map_or(local, |one| one.listen.addr)
    }

    fn as_seen_from(&self, listener: &Listener, peer: IpAddr) -> LocalEndpoint {
        let Listen { proto, addr: local } = listener.listen;
        if let Some(sent_by) = &listener.advertised {
            let sent_by = sent_by.clone();
            return LocalEndpoint { local, sent_by };
        }
        let mut named = local;
        if named.ip().is_unspecified() {
            named.set_ip(self.routing.towards(peer));
        }
        let sent_by = SentBy::of_addr(proto, named);
        LocalEndpoint { local, sent_by }
    }
}

/// Whether what comes to a local address comes to this listener.
fn takes(listen: &Listen, local: SocketAddr) -> bool {
    let is_any = listen.addr.ip().is_unspecified()
        && listen.addr.is_ipv4() == local.is_ipv4()
        && listen.addr.port() == local.port();
    is_any || listen.addr == local
}

#[cfg(test)]
mod tests {
    use super::*;

    fn plain(proto: Proto, addr: &str) -> (Listen, Option<SentBy>) {
        let addr = addr.parse().unwrap();
        (Listen { proto, addr }, None)
    }

    #[test]
    fn what_is_advertised_is_told_to_everybody_and_known_when_it_comes_back() {
        let (listen, _) = plain(Proto::Udp, "0.0.0.0:5060");
        let advertised = SentBy {
            proto: Proto::Udp,
            host: evroute_proxy::Host::parse("sip.example.net"),
            port: 5070,
        };
        let identity = LocalIdentity::new([(listen, Some(advertised))], []);
        let endpoint = identity.endpoint(Proto::Udp, "192.0.2.1".parse().unwrap(), None);
        let endpoint = endpoint.unwrap();
        assert_eq!(endpoint.local, listen.addr);
        assert_eq!(endpoint.sent_by.to_string(), "sip.example.net:5070");
        let is_own = |uri: &str| {
            let uri = evroute_sip::Uri::parse(uri.as_bytes()).unwrap();
            identity.names().is_own_uri(&uri)
        };
        assert!(is_own("sip:sip.example.net:5070;lr"));
        assert!(is_own("sip:127.0.0.1:5060;lr"));
        assert!(!is_own("sip:sip.example.net;lr"));
    }

    #[test]
    fn a_tenant_without_a_domain_is_at_home_where_we_listen() {
        let homes = [None, Some("a.example".to_owned())];
        let at = |addr| LocalIdentity::new([plain(Proto::Udp, addr)], []).with_homes(homes.clone());
        let home = |identity: &LocalIdentity, tenant| identity.home(TenantIndex::new(tenant));
        let identity = at("192.0.2.1:5060");
        assert_eq!(
            (&*home(&identity, 0), &*home(&identity, 1)),
            ("192.0.2.1:5060", "a.example")
        );
        assert_eq!(
            home(&at("0.0.0.0:5060"), 0),
            "localhost",
            "no address is known yet"
        );
    }

    fn identity() -> LocalIdentity {
        let listeners = [
            plain(Proto::Udp, "127.0.0.1:5060"),
            plain(Proto::Udp, "127.0.0.1:5064"),
            plain(Proto::Tcp, "[::1]:5062"),
        ];
        LocalIdentity::new(listeners, ["example.com".to_owned()])
    }

    #[test]
    fn the_side_of_the_right_protocol_and_family_is_chosen_best_the_one_of_arrival() {
        let (identity, v4) = (identity(), "10.0.0.1".parse().unwrap());
        let port = |prefer: Option<&str>| {
            let endpoint =
                identity.endpoint(Proto::Udp, v4, prefer.map(|local| local.parse().unwrap()));
            endpoint.unwrap().sent_by.port
        };
        assert_eq!((port(None), port(Some("127.0.0.1:5064"))), (5060, 5064));
        assert_eq!(port(Some("127.0.0.1:9")), 5060);
        assert_eq!(
            identity.endpoint(Proto::Udp, "::2".parse().unwrap(), None),
            None
        );
        assert_eq!(
            identity
                .endpoint(Proto::Tcp, "::2".parse().unwrap(), None)
                .unwrap()
                .local
                .port(),
            5062
        );
    }

    #[test]
    fn where_the_preferred_side_does_not_fit_one_at_the_same_address_goes_before_others() {
        let listeners = [
            plain(Proto::Udp, "127.0.0.1:5060"),
            plain(Proto::Udp, "127.0.0.2:5070"),
            plain(Proto::Tcp, "127.0.0.2:5080"),
        ];
        let identity = LocalIdentity::new(listeners, []);
        let to = "10.0.0.1".parse().unwrap();
        let endpoint = |prefer: &str| {
            let endpoint = identity.endpoint(Proto::Udp, to, Some(prefer.parse().unwrap()));
            endpoint.unwrap().local.to_string()
        };
        assert_eq!(endpoint("127.0.0.2:5080"), "127.0.0.2:5070");
        assert_eq!(endpoint("127.0.0.3:5060"), "127.0.0.1:5060");
    }

    #[test]
    fn a_listener_is_found_by_what_its_record_route_says() {
        let sent_by = |proto, host: &str, port| SentBy {
            proto,
            host: Host::parse(host),
            port,
        };
        let advertised = sent_by(Proto::Udp, "sip.example.net", 5070);
        let (behind_nat, _) = plain(Proto::Udp, "10.0.0.1:5060");
        let listeners = [
            plain(Proto::Udp, "127.0.0.2:5060"),
            plain(Proto::Tcp, "0.0.0.0:5061"),
            (behind_nat, Some(advertised.clone())),
        ];
        let identity = LocalIdentity::new(listeners, ["example.com".to_owned()]);
        for (named, found) in [
            (
                sent_by(Proto::Udp, "127.0.0.2", 5060),
                Some("127.0.0.2:5060"),
            ),
            (sent_by(Proto::Tcp, "192.0.2.7", 5061), Some("0.0.0.0:5061")),
            (advertised, Some("10.0.0.1:5060")),
            (sent_by(Proto::Udp, "10.0.0.1", 5060), None),
            (sent_by(Proto::Udp, "example.com", 5060), None),
            (sent_by(Proto::Tcp, "127.0.0.2", 5060), None),
        ] {
            let found = found.map(|found| found.parse().unwrap());
            assert_eq!(identity.named(&named), found, "{named:?}");
        }
    }

    #[test]
    fn an_unspecified_address_is_never_told_to_others() {
        let identity = LocalIdentity::new([plain(Proto::Udp, "0.0.0.0:5060")], []);
        for (peer, is_loopback) in [("127.0.0.1", true), ("192.0.2.1", false)] {
            let endpoint = identity
                .endpoint(Proto::Udp, peer.parse().unwrap(), None)
                .unwrap();
            assert_eq!(endpoint.local, "0.0.0.0:5060".parse().unwrap());
            let named = endpoint.sent_by.to_string();
            assert!(!named.starts_with("0.0.0.0"), "{named}");
            assert!(!is_loopback || named == "127.0.0.1:5060", "{named}");
            // What we name ourselves by comes back to us in Via and Route.
            let route = format!("sip:{named};lr");
            let route = evroute_sip::Uri::parse(route.as_bytes()).unwrap();
            assert!(identity.names().is_own_uri(&route), "{named}");
        }
    }

    #[test]
    fn a_connection_that_was_accepted_belongs_to_the_listener_on_all_addresses() {
        let parse = |text: &str| -> SocketAddr { text.parse().unwrap() };
        let listeners = ["0.0.0.0:5060", "0.0.0.0:5070"].map(|at| plain(Proto::Tcp, at));
        let identity = LocalIdentity::new(listeners, []);
        let at = parse("127.0.0.1:5070");
        let endpoint = identity.endpoint(Proto::Tcp, at.ip(), Some(at)).unwrap();
        assert_eq!(
            (endpoint.local, endpoint.sent_by.port),
            (parse("0.0.0.0:5070"), 5070)
        );
        assert_eq!(identity.listener(Proto::Tcp, at), parse("0.0.0.0:5070"));
        let dialled = parse("127.0.0.1:40000");
        assert_eq!(identity.listener(Proto::Tcp, dialled), dialled);
    }
}
