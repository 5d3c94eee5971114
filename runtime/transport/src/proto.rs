//! Transport protocols.

use std::fmt;
use std::net::IpAddr;

/// What carries a message: the transport of a Via and of a URI (RFC 3261 25.1, RFC 7118).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Proto {
    /// Datagrams.
    Udp,
    /// A byte stream.
    Tcp,
    /// TLS over TCP.
    Tls,
    /// WebSocket (RFC 7118).
    Ws,
    /// WebSocket over TLS.
    Wss,
}

impl Proto {
    /// All of them, in the order of [`index`](Self::index).
    pub const ALL: [Proto; 5] = [Proto::Udp, Proto::Tcp, Proto::Tls, Proto::Ws, Proto::Wss];

    /// Its place in [`ALL`](Self::ALL).
    #[must_use]
    pub const fn index(self) -> usize {
        match self {
            Self::Udp => 0,
            Self::Tcp => 1,
            Self::Tls => 2,
            Self::Ws => 3,
            Self::Wss => 4,
        }
    }

    /// As a Via spells it: `UDP`.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Udp => "UDP",
            Self::Tcp => "TCP",
            Self::Tls => "TLS",
            Self::Ws => "WS",
            Self::Wss => "WSS",
        }
    }

    /// As a URI's `transport` parameter and the configuration spell it: `udp`.
    #[must_use]
    pub const fn as_param(self) -> &'static str {
        match self {
            Self::Udp => "udp",
            Self::Tcp => "tcp",
            Self::Tls => "tls",
            Self::Ws => "ws",
            Self::Wss => "wss",
        }
    }

    /// Reads the transport of a Via, a URI or the configuration; case does not matter.
    /// `None` for transports we do not have.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL
            .into_iter()
            .find(|proto| text.eq_ignore_ascii_case(proto.as_param()))
    }

    /// Whether this server goes to others by it: over WebSocket it is only come to.
    #[must_use]
    pub const fn reaches_others(self) -> bool {
        match self {
            Self::Udp | Self::Tcp | Self::Tls => true,
            Self::Ws | Self::Wss => false,
        }
    }

    /// Whether the transport delivers by itself, so that transactions repeat nothing.
    #[must_use]
    pub const fn is_reliable(self) -> bool {
        match self {
            Self::Udp => false,
            Self::Tcp | Self::Tls | Self::Ws | Self::Wss => true,
        }
    }

    /// Whether a message of this many bytes can be sent to this address at all: a datagram holds
    /// 65,535 bytes, headers of UDP and IPv4 included; those of IPv6 do not count (RFC 768,
    /// RFC 791 3.1, RFC 8200 3).
    #[must_use]
    pub const fn takes(self, bytes: usize, to: IpAddr) -> bool {
        const UDP_HEADER: usize = 8;
        const IPV4_HEADER: usize = 20;
        let most = match (self, to) {
            (Self::Udp, IpAddr::V4(_)) => 65_535 - IPV4_HEADER - UDP_HEADER,
            (Self::Udp, IpAddr::V6(_)) => 65_535 - UDP_HEADER,
            (Self::Tcp | Self::Tls | Self::Ws | Self::Wss, _) => usize::MAX,
        };
        bytes <= most
    }

    /// Whether the transport is encrypted: what `sips` asks for.
    #[must_use]
    pub const fn is_secure(self) -> bool {
        match self {
            Self::Tls | Self::Wss => true,
            Self::Udp | Self::Tcp | Self::Ws => false,
        }
    }

    /// The port where none is written (RFC 3261 18.1.1, 19.1.2; RFC 7118 5.4).
    #[must_use]
    pub const fn default_port(self) -> u16 {
        match self {
            Self::Udp | Self::Tcp => 5060,
            Self::Tls => 5061,
            Self::Ws => 80,
            Self::Wss => 443,
        }
    }
}

impl fmt::Display for Proto {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_param())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_protocol_is_read_back_in_any_case_and_knows_its_place() {
        for (place, proto) in Proto::ALL.into_iter().enumerate() {
            assert_eq!(proto.index(), place);
            assert_eq!(Proto::parse(proto.as_str()), Some(proto));
            assert_eq!(Proto::parse(proto.as_param()), Some(proto));
        }
        assert_eq!(Proto::parse("sctp"), None);
        assert_eq!(Proto::parse(""), None);
    }
}
