//! What is ours: addresses and domains.

use std::collections::HashSet;
use std::net::{IpAddr, SocketAddr};

use evroute_sip::{Scheme, Uri};
use evroute_transport::Proto;

/// Whose a URI is.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Whose {
    /// One of our own addresses or domains, at a port of ours.
    Ours,
    /// Somebody else's.
    Foreign,
}

/// The addresses and domains that this server answers for. Kamailio's `myself`.
#[derive(Clone, Debug, Default)]
pub struct Own {
    listeners: Vec<(Proto, SocketAddr)>,
    domains: HashSet<String>,
}

impl Own {
    /// What is ours: where we listen, and the domains of our tenants.
    #[must_use]
    pub fn new(
        listeners: Vec<(Proto, SocketAddr)>,
        domains: impl IntoIterator<Item = String>,
    ) -> Self {
        let domains = domains
            .into_iter()
            .map(|domain| domain.to_ascii_lowercase())
            .collect();
        Self { listeners, domains }
    }

    /// Whether a URI names this server: one of its hosts, at a port it listens on. A host without a port means any of our
    /// ports, since a domain is found by DNS.
    #[must_use]
    pub fn whose(&self, uri: &Uri<'_>) -> Whose {
        let is_sip = matches!(uri.scheme(), Scheme::Sip | Scheme::Sips);
        if is_sip && self.is_host(uri.host()) && self.is_port(uri.port()) {
            Whose::Ours
        } else {
            Whose::Foreign
        }
    }

    /// Whether a Via's sent-by is ours.
    #[must_use]
    pub fn is_sent_by(&self, host: &str, port: Option<u16>) -> bool {
        let port = port.unwrap_or(5060);
        let ip = bare(host).parse::<IpAddr>().ok();
        self.listeners
            .iter()
            .any(|(_, local)| local.port() == port && ip.is_some_and(|ip| is_local(*local, ip)))
    }

    fn is_host(&self, host: &str) -> bool {
        if let Ok(ip) = bare(host).parse::<IpAddr>() {
            return self.domains.contains(host)
                || self.listeners.iter().any(|(_, local)| local.ip() == ip);
        }
        let host = host.strip_suffix('.').unwrap_or(host);
        if host.bytes().any(|byte| byte.is_ascii_uppercase()) {
            return self.domains.contains(&host.to_ascii_lowercase());
        }
        self.domains.contains(host)
    }

    fn is_port(&self, port: Option<u16>) -> bool {
        port.is_none_or(|port| self.listeners.iter().any(|(_, local)| local.port() == port))
    }

    /// The listener a request leaves from: that of the protocol, on the same kind of address, best the one it came in by.
    #[must_use]
    pub fn listener(
        &self,
        proto: Proto,
        to: IpAddr,
        prefer: Option<SocketAddr>,
    ) -> Option<SocketAddr> {
        let fits = |local: &SocketAddr| local.is_ipv4() == to.is_ipv4();
        let mut all = self
            .listeners
            .iter()
            .filter(|(p, _)| *p == proto)
            .map(|(_, local)| *local);
        let preferred = prefer.filter(|local| {
            fits(local)
                && self
                    .listeners
                    .iter()
                    .any(|(p, l)| *p == proto && l == local)
        });
        preferred.or_else(|| all.find(fits))
    }
}

/// An IPv6 reference without its brackets.
pub(crate) fn bare(host: &str) -> &str {
    host.strip_prefix('[')
        .and_then(|host| host.strip_suffix(']'))
        .unwrap_or(host)
}

fn is_local(local: SocketAddr, ip: IpAddr) -> bool {
    local.ip() == ip || local.ip().is_unspecified()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn own() -> Own {
        let listeners = vec![
            (Proto::Udp, "127.0.0.1:5060".parse().unwrap()),
            (Proto::Tcp, "[::1]:5062".parse().unwrap()),
        ];
        Own::new(
            listeners,
            ["Example.com".to_owned(), "127.0.0.1".to_owned()],
        )
    }

    fn whose(uri: &str) -> Whose {
        own().whose(&Uri::parse(uri.as_bytes()).unwrap())
    }

    #[test]
    fn domains_and_addresses_are_ours_at_our_ports_only() {
        for uri in [
            "sip:a@example.com",
            "sip:EXAMPLE.com.",
            "sip:127.0.0.1:5060",
            "sips:a@[::1]:5062",
        ] {
            assert_eq!(whose(uri), Whose::Ours, "{uri}");
        }
        for uri in [
            "sip:a@127.0.0.1:5080",
            "sip:a@example.org",
            "tel:911",
            "sip:[::2]",
        ] {
            assert_eq!(whose(uri), Whose::Foreign, "{uri}");
        }
    }

    #[test]
    fn the_listener_of_the_right_protocol_and_family_is_chosen() {
        let own = own();
        assert_eq!(
            own.listener(Proto::Udp, "10.0.0.1".parse().unwrap(), None)
                .map(|a| a.port()),
            Some(5060)
        );
        assert_eq!(own.listener(Proto::Udp, "::2".parse().unwrap(), None), None);
    }
}
