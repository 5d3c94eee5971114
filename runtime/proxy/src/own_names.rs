//! Which hosts and ports are this server.

use std::net::SocketAddr;

use evroute_sip::{Scheme, Uri, Via};
use evroute_transport::Proto;

use crate::host::Host;

/// All names and addresses of this server itself: those it listens on, those it advertises
/// and the operator's aliases. Not the domains it serves: `sip:alice@example.com` is for
/// us to handle, but `example.com` in a Route is us only if it is an alias.
#[derive(Clone, Debug, Default)]
pub struct OwnNames(Vec<OwnName>);

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

    /// Adds an address we listen on. Unspecified ones (`0.0.0.0`) say nothing about names:
    /// add what is behind them with [`add_alias`](Self::add_alias).
    pub fn add_addr(&mut self, addr: SocketAddr) {
        if !addr.ip().is_unspecified() {
            self.add(OwnName {
                host: Host::Ip(addr.ip()),
                port: Some(addr.port()),
            });
        }
    }

    /// Adds a name or address; `port` `None` means any (Kamailio's `alias`).
    pub fn add_alias(&mut self, host: &str, port: Option<u16>) {
        self.add(OwnName {
            host: Host::parse(host),
            port,
        });
    }

    fn add(&mut self, name: OwnName) {
        if !self.0.contains(&name) {
            self.0.push(name);
        }
    }

    /// Whether host and port are ours.
    #[must_use]
    pub fn contains(&self, host: &str, port: u16) -> bool {
        self.0
            .iter()
            .any(|own| own.port.is_none_or(|own| own == port) && own.host.matches(host))
    }

    /// Whether a `sip` or `sips` URI names this server, whoever its user is.
    #[must_use]
    pub fn is_own_uri(&self, uri: &Uri<'_>) -> bool {
        let default = match uri.scheme() {
            Scheme::Sip => uri.transport().and_then(Proto::parse).unwrap_or(Proto::Udp),
            Scheme::Sips => Proto::Tls,
            Scheme::Tel | Scheme::Other(_) => return false,
        };
        self.contains(uri.host(), uri.port().unwrap_or(default.default_port()))
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
}
