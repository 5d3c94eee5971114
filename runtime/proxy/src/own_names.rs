//! Which hosts and ports are this server.

use std::collections::HashSet;
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;

use evroute_sip::{Scheme, Uri, Via, canonical_host};
use evroute_transport::Proto;

use crate::host::Host;

/// Which addresses are this host's. Asked where a server listens on all of them: they come
/// and go while it runs.
pub trait HostAddresses: std::fmt::Debug + Send + Sync {
    /// Whether this host has the address.
    fn contains(&self, ip: IpAddr) -> bool;
}

/// All names and addresses of this server: those it listens on, those it advertises, the
/// operator's aliases, and the domains that it serves.
#[derive(Clone, Debug, Default)]
pub struct OwnNames {
    names: Vec<OwnName>,
    /// Unspecified addresses that are listened on: these ports are ours at every address of
    /// this host, of the same family.
    everywhere: Vec<SocketAddr>,
    host_addresses: Option<Arc<dyn HostAddresses>>,
    /// Ports that are listened on.
    ports: Vec<u16>,
    /// Names in lower case, without a final dot; IPv6 addresses in their one canonical form.
    domains: HashSet<Box<str>>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
struct OwnName {
    host: Host,
    /// `None`: any port (Kamailio's `alias` without a port).
    port: Option<u16>,
}

impl OwnNames {
    /// No names.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Who knows the addresses of this host. Without, an unspecified address that is listened
    /// on says nothing about names.
    pub fn set_host_addresses(&mut self, addresses: Arc<dyn HostAddresses>) {
        self.host_addresses = Some(addresses);
    }

    /// Adds an address we listen on. An unspecified one (`0.0.0.0`) stands for all of this
    /// host, see [`set_host_addresses`](Self::set_host_addresses).
    pub fn add_addr(&mut self, addr: SocketAddr) {
        if !self.ports.contains(&addr.port()) {
            self.ports.push(addr.port());
        }
        if addr.ip().is_unspecified() {
            self.everywhere.push(addr);
            return;
        }
        self.add(OwnName {
            host: Host::Ip(addr.ip()),
            port: Some(addr.port()),
        });
    }

    /// Adds a name or address; `port` `None` means any (Kamailio's `alias`).
    pub fn add_alias(&mut self, host: &str, port: Option<u16>) {
        self.add(OwnName {
            host: Host::parse(host),
            port,
        });
    }

    /// Adds a domain that this server serves: a name at whatever port, an address at the ports that
    /// are listened on.
    pub fn add_domain(&mut self, domain: &str) {
        self.domains.insert(canonical_host(domain).into());
    }

    fn add(&mut self, name: OwnName) {
        if !self.names.contains(&name) {
            self.names.push(name);
        }
    }

    /// Whether host and port are ours.
    #[must_use]
    pub fn contains(&self, host: &str, port: u16) -> bool {
        self.names
            .iter()
            .any(|own| own.port.is_none_or(|own| own == port) && own.host.matches(host))
            || self.is_on_this_host(host, Some(port))
    }

    /// Whether a host is an address of this host, where all of them are listened on, at the
    /// port or (`None`) at any.
    fn is_on_this_host(&self, host: &str, port: Option<u16>) -> bool {
        if self.everywhere.is_empty() {
            return false;
        }
        let (Host::Ip(ip), Some(known)) = (Host::parse(host), &self.host_addresses) else {
            return false;
        };
        let fits = |listened: &SocketAddr| {
            listened.is_ipv4() == ip.is_ipv4() && port.is_none_or(|port| listened.port() == port)
        };
        !ip.is_unspecified() && self.everywhere.iter().any(fits) && known.contains(ip)
    }

    /// Whether a Request-URI is this server's to handle: its host is the name of a domain that
    /// is served, or an address of ours and its port one of ours or not written. A phone that
    /// runs on an address of ours at another port is not us.
    #[must_use]
    pub fn is_served_uri(&self, uri: &Uri<'_>) -> bool {
        if !matches!(uri.scheme(), Scheme::Sip | Scheme::Sips) {
            return false;
        }
        let host = uri.host();
        match uri.port() {
            Some(port) => {
                self.is_domain_name(host)
                    || self.is_served_at(host, port)
                    || self.contains(host, port)
            }
            None => self.is_known(host),
        }
    }

    /// Whether the host of an address of record is one that is served. Its port says nothing:
    /// no phone is meant by it.
    #[must_use]
    pub fn is_served_aor(&self, aor: &Uri<'_>) -> bool {
        matches!(aor.scheme(), Scheme::Sip | Scheme::Sips) && self.is_known(aor.host())
    }

    /// Whether a host is the name of a domain that is served; addresses are no names.
    fn is_domain_name(&self, host: &str) -> bool {
        self.is_domain(host) && matches!(Host::parse(host), Host::Name(_))
    }

    fn is_served_at(&self, host: &str, port: u16) -> bool {
        self.ports.contains(&port) && self.is_known(host)
    }

    /// Whether a host is a domain that is served or an address of ours, at whatever port.
    fn is_known(&self, host: &str) -> bool {
        self.is_domain(host)
            || self.names.iter().any(|own| own.host.matches(host))
            || self.is_on_this_host(host, None)
    }

    fn is_domain(&self, host: &str) -> bool {
        self.domains.contains(canonical_host(host).as_ref())
    }

    /// Whether a `sip` or `sips` URI names this server, whoever its user is: what a Route, or
    /// a Request-URI that a strict router wrote, is asked. A served domain names it, too: it
    /// is what phones know of their outbound proxy.
    #[must_use]
    pub fn is_own_uri(&self, uri: &Uri<'_>) -> bool {
        let default = match uri.scheme() {
            Scheme::Sip => uri.transport().and_then(Proto::parse).unwrap_or(Proto::Udp),
            Scheme::Sips => Proto::Tls,
            Scheme::Tel | Scheme::Other(_) => return false,
        };
        let host = uri.host();
        self.contains(host, uri.port().unwrap_or(default.default_port()))
            || self.is_domain_name(host)
            || self.is_domain(host) && uri.port().is_none_or(|port| self.ports.contains(&port))
    }

    /// Whether a Via is one that this server wrote.
    #[must_use]
    pub fn is_own_via(&self, via: &Via<'_>) -> bool {
        let default = Proto::parse(via.transport())
            .unwrap_or(Proto::Udp)
            .default_port();
        self.contains(via.host(), via.port().unwrap_or(default))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn own() -> OwnNames {
        let mut own = OwnNames::new();
        own.add_addr("192.0.2.1:5060".parse().unwrap());
        own.add_addr("[2001:db8::1]:5070".parse().unwrap());
        own.add_addr("0.0.0.0:5080".parse().unwrap());
        own.add_alias("proxy.example.com", None);
        own
    }

    #[test]
    fn uris_of_this_server_are_known_in_every_spelling() {
        let is_own = |uri: &str| own().is_own_uri(&Uri::parse(uri.as_bytes()).unwrap());
        for uri in [
            "sip:192.0.2.1",
            "sip:x@192.0.2.1:5060;lr",
            "sip:[2001:db8:0::1]:5070",
            "sip:PROXY.example.com:1234",
            "sips:proxy.example.com",
        ] {
            assert!(is_own(uri), "{uri}");
        }
        for uri in [
            "sip:192.0.2.1:5061",
            "sip:192.0.2.1;transport=tls",
            "sips:192.0.2.1",
            "sip:192.0.2.2",
            "sip:[2001:db8::1]",
            "tel:+1",
            "sip:0.0.0.0:5080",
        ] {
            assert!(!is_own(uri), "{uri}");
        }
    }

    /// A host with one address of each family.
    #[derive(Debug)]
    struct OneHost;

    impl HostAddresses for OneHost {
        fn contains(&self, ip: IpAddr) -> bool {
            ip == IpAddr::from([198, 51, 100, 7]) || ip == IpAddr::from([1, 2, 3, 4, 5, 6, 7, 8])
        }
    }

    #[test]
    fn where_all_addresses_are_listened_on_each_of_them_is_ours_at_that_port() {
        let mut own = own();
        own.set_host_addresses(Arc::new(OneHost));
        let parse = |uri: &'static str| Uri::parse(uri.as_bytes()).unwrap();
        assert!(own.is_own_uri(&parse("sip:198.51.100.7:5080;lr")));
        assert!(own.is_served_uri(&parse("sip:bob@198.51.100.7")));
        for uri in [
            "sip:198.51.100.7:5081",
            "sip:198.51.100.8:5080",
            "sip:0.0.0.0:5080",
            "sip:[1:2:3:4:5:6:7:8]:5080",
        ] {
            assert!(!own.is_own_uri(&parse(uri)), "{uri}");
        }
        assert!(!own.is_served_uri(&parse("sip:bob@0.0.0.0")));
    }

    #[test]
    fn served_names_are_ours_at_every_port_and_addresses_at_our_ports_only() {
        let mut own = own();
        own.add_domain("Example.com.");
        own.add_domain("192.0.2.1");
        own.add_domain("[2001:db8::A]");
        let parse = |uri: &'static str| Uri::parse(uri.as_bytes()).unwrap();
        for uri in [
            "sip:a@example.com",
            "sip:a@EXAMPLE.com.:5080",
            "sip:a@example.com:1",
            "sips:example.com",
            "sip:a@192.0.2.1",
            "sip:192.0.2.1:5060",
            "sip:[2001:db8::1]",
            "sip:bob@[2001:DB8:0:0::a]",
        ] {
            assert!(own.is_served_uri(&parse(uri)), "{uri}");
        }
        for uri in [
            "sip:a@192.0.2.1:5081",
            "sip:a@example.org:5060",
            "tel:911",
            "sip:[2001:db8::2]",
        ] {
            assert!(!own.is_served_uri(&parse(uri)), "{uri}");
        }
        for uri in ["sip:example.com;lr", "sip:example.com:6060;lr"] {
            assert!(own.is_own_uri(&parse(uri)), "{uri}");
        }
        assert!(own.is_served_aor(&parse("sip:a@192.0.2.1:5081")));
        assert!(!own.is_served_aor(&parse("sip:a@192.0.2.9:5060")));
        assert!(!own.is_own_uri(&parse("sip:192.0.2.1:5081;lr")));
    }
}
