//! `[[listen]]`, as it is meant.

use std::fmt;
use std::net::SocketAddr;

use evroute_transport::Proto;

use super::Advertised;

/// What is spoken at a socket.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum ListenTransport {
    /// `udp`
    Udp,
    /// `tcp`
    Tcp,
    /// `tls`
    Tls,
    /// `http`: requests of HTTP, and WebSocket by them.
    Http,
    /// `https`: the same over TLS.
    Https,
}

impl ListenTransport {
    /// The name in the configuration.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Udp => "udp",
            Self::Tcp => "tcp",
            Self::Tls => "tls",
            Self::Http => "http",
            Self::Https => "https",
        }
    }

    /// Whether no SIP is spoken there but by WebSocket.
    #[must_use]
    pub const fn is_http(self) -> bool {
        match self {
            Self::Udp | Self::Tcp | Self::Tls => false,
            Self::Http | Self::Https => true,
        }
    }

    /// What carries it.
    #[must_use]
    pub const fn proto(self) -> Proto {
        match self {
            Self::Udp => Proto::Udp,
            Self::Tcp | Self::Http => Proto::Tcp,
            Self::Tls | Self::Https => Proto::Tls,
        }
    }
}

/// `[[listen]]`: one socket.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct Listener {
    /// What is spoken there.
    pub transport: ListenTransport,
    /// The address; port 0 lets the system choose.
    pub address: SocketAddr,
}

impl fmt::Display for Listener {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.transport.as_str(), self.address)
    }
}

/// `[[listen]]`
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct ListenConfig {
    /// The socket.
    pub listener: Listener,
    /// How Via, Record-Route and Contact name it: where others reach this server behind a NAT or a
    /// load balancer. None: by its address. Kamailio's `advertise`.
    pub advertised: Option<Advertised>,
}

impl fmt::Display for ListenConfig {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.advertised {
            None => self.listener.fmt(f),
            Some(advertised) => write!(f, "{} as {advertised}", self.listener),
        }
    }
}
