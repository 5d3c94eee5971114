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
            match (proto, is_secure) {
                // sips:...;transport=tcp means TLS over TCP (26.2.2).
                (Proto::Tcp, true) => Proto::Tls,
                (Proto::Ws, true) => Proto::Wss,
                // In the clear, against what the scheme asks for.
                (Proto::Udp, true) => return Err(HopError::Transport(text.to_owned())),
                (Proto::Udp | Proto::Tcp | Proto::Tls | Proto::Ws | Proto::Wss, _) => proto,
            }
        }
    };
    let host = uri.maddr().unwrap_or_else(|| uri.host());
    let port = uri.port().unwrap_or_else(|| proto.default_port());
    Ok(NextHop {
        proto,
        host: bare(host).to_owned(),
        port,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::request;

    fn hop(uri: &str) -> Result<String, HopError> {
        let hop = next_hop_of(uri.as_bytes())?;
        Ok(format!("{} {} {}", hop.proto, hop.host, hop.port))
    }

    #[test]
    fn a_uri_says_protocol_host_and_port() {
        for (uri, expected) in [
            ("sip:a@b", "udp b 5060"),
            ("sip:a@b:5070;transport=TCP", "tcp b 5070"),
            ("sips:a@b", "tls b 5061"),
            ("sips:a@b;transport=tcp", "tls b 5061"),
            ("sips:a@b;transport=ws", "wss b 443"),
            ("sip:a@b;maddr=192.0.2.3", "udp 192.0.2.3 5060"),
            ("sip:[2001:db8::1]:5070", "udp 2001:db8::1 5070"),
        ] {
            assert_eq!(hop(uri).as_deref(), Ok(expected), "{uri}");
        }
    }

    #[test]
    fn uris_that_lead_nowhere_are_errors_and_sips_never_goes_in_the_clear() {
        assert_eq!(hop("tel:+1"), Err(HopError::NoHost));
        assert_eq!(hop("nonsense"), Err(HopError::BadUri));
        assert_eq!(
            hop("sip:a@b;transport=sctp"),
            Err(HopError::Transport("sctp".to_owned()))
        );
        assert_eq!(
            hop("sips:a@b;transport=udp"),
            Err(HopError::Transport("udp".to_owned()))
        );
    }

    #[test]
    fn the_forced_hop_goes_before_the_route_and_the_route_before_the_request_uri() {
        let routed = request(
            "BYE",
            "sip:bob@h",
            "Route: <sip:p2:5080;transport=tcp;lr>, <sip:p3;lr>\r\n",
        );
        let host = |request: &Message, forced| next_hop(request, forced).unwrap().host;
        assert_eq!(host(&routed, Some("sip:forced")), "forced");
        assert_eq!(host(&routed, None), "p2");
        assert_eq!(host(&request("BYE", "sip:bob@h", ""), None), "h");
    }
}
