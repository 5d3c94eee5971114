//! One end of the way a message took, as a case writes it.

use std::net::{Ipv4Addr, SocketAddr};

use evroute_event::Endpoint;
use serde::Deserialize;

/// Transport and address: `udp:192.0.2.1:5060`, `tcp:[2001:db8::1]:5060`.
#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(try_from = "String")]
pub(crate) struct Hop {
    pub(crate) end: Endpoint,
}

/// Kamailio's names of transports.
const TRANSPORTS: [&str; 5] = ["udp", "tcp", "tls", "ws", "wss"];

impl Hop {
    /// Where messages come from unless a case says so.
    pub(crate) const SOURCE: Self = Self::udp(Ipv4Addr::new(192, 0, 2, 1));
    /// Where they come to.
    pub(crate) const RECEIVED: Self = Self::udp(Ipv4Addr::new(192, 0, 2, 100));

    /// Where requests of HTTP come from unless a case says so.
    pub(crate) const HTTP_SOURCE: Self = Self::of("tcp", Ipv4Addr::new(192, 0, 2, 1), 40_000);
    /// Where they come to.
    pub(crate) const HTTP_RECEIVED: Self = Self::of("tcp", Ipv4Addr::new(192, 0, 2, 100), 5060);

    /// Where a WebSocket came from unless a case says so.
    pub(crate) const WEBSOCKET_SOURCE: Self = Self::of("wss", Ipv4Addr::new(192, 0, 2, 1), 40_000);
    /// Where it came to.
    pub(crate) const WEBSOCKET_RECEIVED: Self = Self::of("wss", Ipv4Addr::new(192, 0, 2, 100), 443);

    /// Where a connection came from unless a case says so.
    pub(crate) const TCP_SOURCE: Self = Self::HTTP_SOURCE;
    /// Where it came to.
    pub(crate) const TCP_RECEIVED: Self = Self::HTTP_RECEIVED;

    const fn udp(address: Ipv4Addr) -> Self {
        Self::of("udp", address, 5060)
    }

    const fn of(proto: &'static str, address: Ipv4Addr, port: u16) -> Self {
        let address = SocketAddr::new(std::net::IpAddr::V4(address), port);
        Self {
            end: Endpoint { proto, address },
        }
    }
}

impl TryFrom<String> for Hop {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        let read = || {
            let (word, address) = text.split_once(':')?;
            let proto = TRANSPORTS.into_iter().find(|known| *known == word)?;
            let address = address.parse().ok()?;
            Some(Self {
                end: Endpoint { proto, address },
            })
        };
        read().ok_or_else(|| {
            format!(
                "{text:?}: write a transport ({}), an address and a port, as in \"udp:192.0.2.1:5060\"",
                TRANSPORTS.join(", ")
            )
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_hop_has_a_transport_an_address_and_a_port() {
        let hop = Hop::try_from("tls:[2001:db8::1]:5061".to_owned()).unwrap();
        assert_eq!(hop.end.proto, "tls");
        assert_eq!(hop.end.address.to_string(), "[2001:db8::1]:5061");
        for wrong in ["", "udp", "udp:192.0.2.1", "sctp:192.0.2.1:1", "udp:a:1"] {
            Hop::try_from(wrong.to_owned()).unwrap_err();
        }
    }
}
