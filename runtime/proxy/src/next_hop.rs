//! Where a request goes next: RFC 3261 16.6 steps 6 and 7, 8.1.2, 19.1.

use std::net::IpAddr;

use evroute_sip::{Message, Scheme, Uri};
use evroute_transport::Proto;

use crate::own::bare;

/// A next hop, not yet an address when the host is a name.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct NextHop {
    /// The transport to use.
    pub proto: Proto,
    /// The host: a name, or an IP address without brackets.
    pub host: String,
    /// The port.
    pub port: u16,
}

impl NextHop {
    /// The address, when the host is one already.
    #[must_use]
    pub fn ip(&self) -> Option<IpAddr> {
        self.host.parse().ok()
    }
}

/// There is no way to send the request.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
pub enum HopError {
    /// The URI that names the next hop is not one.
    #[error("the next hop is not a URI")]
    BadUri,
    /// Only SIP URIs name a host that can be sent to.
    #[error("a URI of this scheme names no host")]
    NoHost,
    /// The URI asks for a transport that we do not speak.
    #[error("transport {0} is not spoken here")]
    Transport(String),
}

/// The next hop of a request: the forced one (Kamailio's `$du`), else the topmost Route, else the Request-URI.
///
/// # Errors
/// [`HopError`]: it cannot be sent.
pub fn next_hop(request: &Message, forced: Option<&str>) -> Result<NextHop, HopError> {
    if let Some(forced) = forced {
        return next_hop_of(forced.as_bytes());
    }
    if let Some(route) = request.routes().next() {
        return next_hop_of(route.map_err(|_| HopError::BadUri)?.uri());
    }
    next_hop_of(request.request_uri().ok_or(HopError::BadUri)?.as_bytes())
}

/// The hop that a URI names.
///
/// # Errors
/// As [`next_hop`].
pub fn next_hop_of(uri: &[u8]) -> Result<NextHop, HopError> {
    let uri = Uri::parse(uri).map_err(|_| HopError::BadUri)?;
    let is_secure = match uri.scheme() {
        Scheme::Sip => false,
        Scheme::Sips => true,
        Scheme::Tel | Scheme::Other(_) => return Err(HopError::NoHost),
    };
    let proto = match uri.transport() {
        None if is_secure => Proto::Tls,
        None => Proto::Udp,
        Some(text) => {
            let proto = Proto::parse(text).ok_or_else(|| HopError::Transport(text.to_owned()))?;
            // sips:...;transport=tcp means TLS over TCP (26.2.2).
            if is_secure && proto == Proto::Tcp { Proto::Tls } else { proto }
        }
    };
    let host = uri.maddr().unwrap_or_else(|| uri.host());
    let port = uri.port().unwrap_or_else(|| proto.default_port());
    Ok(NextHop { proto, host: bare(host).to_owned(), port })
}
