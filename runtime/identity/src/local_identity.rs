//! What is ours: names, domains, and the sides that messages leave by. Kamailio's `myself` and its
//! sockets.

mod destinations;
mod outgoing;

use std::net::{IpAddr, SocketAddr};
use std::sync::atomic::AtomicU64;
use std::sync::{Arc, Mutex, PoisonError};

use arc_swap::{ArcSwap, ArcSwapOption};
use evroute_proxy::{Host, OwnNames, SentBy};
use evroute_tenant::{Networks, OutgoingRate, TenantId, TenantIndex, TenantSlots};
use evroute_transport::{Listen, Proto};

use crate::host_addresses::RoutingTable;
pub use destinations::DestinationError;

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

/// What this server is to one tenant.
#[derive(Clone, Debug)]
pub struct TenantIdentity {
    /// The tenant's name, for the log.
    pub id: TenantId,
    /// The domains that are served for it. Its own requests come from the first.
    pub domains: Vec<String>,
    /// Where it may send to; none is what is usual for such listeners.
    pub networks: Option<Networks>,
}

/// A tenant, and what was counted of it.
#[derive(Debug)]
struct KnownTenant {
    identity: TenantIdentity,
    /// Messages that were not sent for it, since they may not go where they would have.
    refused: Arc<AtomicU64>,
    /// How many requests may leave for it; none is without limit and count.
    outgoing: ArcSwapOption<OutgoingRate>,
}

/// The addresses and domains that this server answers for. Addresses are known from the start;
/// tenants, and their domains with them, come and go.
#[derive(Debug, Default)]
pub struct LocalIdentity {
    /// Without those of tenants.
    addresses: OwnNames,
    names: ArcSwap<OwnNames>,
    listeners: Vec<Listener>,
    routing: Arc<RoutingTable>,
    tenants: TenantSlots<KnownTenant>,
    changing: Mutex<()>,
    /// Sockets of this process besides the listeners.
    sockets: Vec<SocketAddr>,
}

impl LocalIdentity {
    /// What is ours: where we listen, what is advertised in its place (Kamailio's `advertise`), and
    /// domains beside those of tenants. An unspecified address (`0.0.0.0`) stands for all of
    /// this host; each peer is told the one that it is reached from, unless something is
    /// advertised.
    #[must_use]
    pub fn new(
        listeners: impl IntoIterator<Item = (Listen, Option<SentBy>)>,
        domains: impl IntoIterator<Item = String>,
    ) -> Self {
        let mut identity = Self::default();
        identity
            .addresses
            .set_host_addresses(Arc::clone(&identity.routing) as _);
        for (listen, advertised) in listeners {
            identity.addresses.add_addr(listen.addr);
            if let Some(SentBy { host, port, .. }) = &advertised {
                identity.addresses.add_alias(&host.to_string(), Some(*port));
            }
            identity.listeners.push(Listener { listen, advertised });
        }
        for domain in domains {
            identity.addresses.add_domain(&domain);
        }
        identity.name();
        identity
    }

    /// The same with these tenants, whose indices count from 0.
    #[must_use]
    pub fn with_tenants(self, tenants: impl IntoIterator<Item = TenantIdentity>) -> Self {
        let indices = (0..).map(TenantIndex::new);
        self.admit(indices.zip(tenants));
        self
    }

    /// From now on these are tenants, as said here, in place of what was said of them before.
    /// Copies the names of all: many are better admitted at once.
    pub fn admit(&self, tenants: impl IntoIterator<Item = (TenantIndex, TenantIdentity)>) {
        let _one_at_a_time = self.changing.lock().unwrap_or_else(PoisonError::into_inner);
        for (index, identity) in tenants {
            let before = self.tenants.get(index);
            let before = before.as_ref();
            let refused = before.map_or_else(Arc::default, |known| Arc::clone(&known.refused));
            let outgoing = before.and_then(|known| known.outgoing.load_full());
            let known = KnownTenant {
                identity,
                refused,
                outgoing: outgoing.into(),
            };
            self.tenants.put(index, Arc::new(known));
        }
        self.name();
    }

    /// From now on nothing is this tenant's: neither its domains nor what it sends is ours.
    pub fn remove(&self, tenant: TenantIndex) {
        let _one_at_a_time = self.changing.lock().unwrap_or_else(PoisonError::into_inner);
        self.tenants.remove(tenant);
        self.name();
    }

    /// Makes the names anew, from the addresses and the domains that there are.
    fn name(&self) {
        let mut names = self.addresses.clone();
        for (_, tenant) in self.tenants.all() {
            for domain in &tenant.identity.domains {
                names.add_domain(domain);
            }
        }
        self.names.store(Arc::new(names));
    }

    /// Where a tenant's own requests come from when nothing else says it: a domain of its own, or
    /// where we listen.
    #[must_use]
    pub fn home(&self, index: TenantIndex) -> String {
        let domain = self.tenants.read(index, |tenant| {
            let domain = tenant.identity.domains.first();
            domain.map(|domain| Host::parse(domain).to_string())
        });
        let domain = domain.flatten();
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

    /// A tenant's name, for the log; none when it is gone.
    #[must_use]
    pub fn tenant(&self, index: TenantIndex) -> Option<String> {
        self.tenants
            .read(index, |tenant| tenant.identity.id.to_string())
    }

    /// Names and domains, as they are now.
    #[must_use]
    pub fn names(&self) -> Arc<OwnNames> {
        self.names.load_full()
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
    fn what_is_advertised_is_reported_to_everybody_and_known_when_it_comes_back() {
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
        let tenants = [vec![], vec!["a.example".to_owned()]].map(|domains| TenantIdentity {
            id: "a".parse().unwrap(),
            domains,
            networks: None,
        });
        let at =
            |addr| LocalIdentity::new([plain(Proto::Udp, addr)], []).with_tenants(tenants.clone());
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

    #[test]
    fn domains_are_served_from_a_tenants_admission_to_its_removal() {
        let identity = LocalIdentity::new([plain(Proto::Udp, "192.0.2.1:5060")], []);
        let is_served = |uri: &str| {
            let uri = evroute_sip::Uri::parse(uri.as_bytes()).unwrap();
            identity.names().is_served_uri(&uri)
        };
        let (a, b) = (TenantIndex::new(4), TenantIndex::new(5));
        let tenant = |name: &str, domain: &str| TenantIdentity {
            id: name.parse().unwrap(),
            domains: vec![domain.to_owned()],
            networks: None,
        };
        identity.admit([(a, tenant("a", "a.example")), (b, tenant("b", "b.example"))]);
        assert!(is_served("sip:x@a.example") && is_served("sip:x@b.example"));
        assert_eq!(identity.home(b), "b.example");
        identity.admit([(b, tenant("b", "new.example"))]);
        assert!(!is_served("sip:x@b.example") && is_served("sip:x@new.example"));
        identity.remove(a);
        assert!(!is_served("sip:x@a.example") && is_served("sip:x@192.0.2.1"));
        assert_eq!(
            (identity.tenant(a), identity.tenant(b)),
            (None, Some("b".to_owned()))
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
    fn an_unspecified_address_is_never_reported_to_others() {
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
