//! Where a message goes next, before DNS (RFC 3261 16.6 step 7, 18.2.2; RFC 3263 4).

use std::net::SocketAddr;

use evroute_sip::{Rport, Scheme, Uri, Via};
use evroute_transport::Proto;

use crate::host::Host;

/// Where a message goes next. Resolving a name to an address is somebody else's job.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct NextHop {
    /// The protocol.
    pub proto: Proto,
    /// The host.
    pub host: Host,
    /// The port when one was written: then RFC 3263 asks for no SRV records.
    pub port: Option<u16>,
}

/// Why a URI says nothing about where to go.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NextHopError {
    /// Not a URI.
    #[error("not a URI")]
    BadUri,
    /// Neither `sip` nor `sips`, so it names no host.
    #[error("the URI names no host")]
    NoHost,
    /// A transport we do not have.
    #[error("the transport is not supported")]
    UnsupportedTransport,
}

impl NextHop {
    /// Where a request to this URI goes. `maddr` counts before the host.
    ///
    /// # Errors
    /// [`NextHopError`].
    pub fn of_uri(uri: &Uri<'_>) -> Result<Self, NextHopError> {
        let proto = uri_proto(uri)?;
        let host = Host::parse(uri.maddr().unwrap_or(uri.host()));
        Ok(Self {
            proto,
            host,
            port: uri.port(),
        })
    }

    /// Where a response goes whose top Via, after ours was taken off, is this (18.2.2,
    /// RFC 3581 4). On a reliable transport use the connection of the request first.
    ///
    /// `maddr` is ignored: it serves multicast, which nobody uses, and would let a sender
    /// aim our responses at others.
    ///
    /// # Errors
    /// [`NextHopError::UnsupportedTransport`].
    pub fn of_via(via: &Via<'_>) -> Result<Self, NextHopError> {
        let proto = Proto::parse(via.transport()).ok_or(NextHopError::UnsupportedTransport)?;
        let rport = match via.rport() {
            // Only together with `received`, which whoever filled in the port has added.
            Some(Rport::Port(port)) if !proto.is_reliable() => Some(port),
            Some(Rport::Port(_) | Rport::Requested) | None => None,
        };
        match via.received() {
            // The address is literal, so that the port is never looked up.
            Some(ip) => {
                let port = rport.or(via.port()).unwrap_or(proto.default_port());
                Ok(Self {
                    proto,
                    host: Host::Ip(ip),
                    port: Some(port),
                })
            }
            None => Ok(Self {
                proto,
                host: Host::parse(via.host()),
                port: via.port(),
            }),
        }
    }

    /// The port, or the protocol's default.
    #[must_use]
    pub fn port_or_default(&self) -> u16 {
        self.port.unwrap_or(self.proto.default_port())
    }

    /// The address, when the host is a literal one.
    #[must_use]
    pub fn addr(&self) -> Option<SocketAddr> {
        match self.host {
            Host::Ip(ip) => Some(SocketAddr::new(ip, self.port_or_default())),
            Host::Name(_) => None,
        }
    }
}

/// The protocol a URI asks for (RFC 3261 19.1.2, 26.2.2; RFC 7118 5.2).
pub(crate) fn uri_proto(uri: &Uri<'_>) -> Result<Proto, NextHopError> {
    let is_sips = match uri.scheme() {
        Scheme::Sip => false,
        Scheme::Sips => true,
        Scheme::Tel | Scheme::Other(_) => return Err(NextHopError::NoHost),
    };
    let Some(transport) = uri.transport() else {
        return Ok(if is_sips { Proto::Tls } else { Proto::Udp });
    };
    let proto = Proto::parse(transport).ok_or(NextHopError::UnsupportedTransport)?;
    match (proto, is_sips) {
        // `sips` with `transport=tcp` means TLS over TCP (26.2.2).
        (Proto::Tcp, true) => Ok(Proto::Tls),
        (Proto::Ws, true) => Ok(Proto::Wss),
        (Proto::Udp, true) => Err(NextHopError::UnsupportedTransport),
        (proto @ (Proto::Udp | Proto::Tcp | Proto::Tls | Proto::Ws | Proto::Wss), _) => Ok(proto),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of_uri(uri: &str) -> Result<(Proto, String, Option<u16>), NextHopError> {
        let hop = NextHop::of_uri(&Uri::parse(uri.as_bytes()).unwrap())?;
        Ok((hop.proto, hop.host.to_string(), hop.port))
    }

    fn of_via(via: &str) -> String {
        let hop = NextHop::of_via(&Via::parse(via.as_bytes()).unwrap()).unwrap();
        format!("{} {}:{}", hop.proto, hop.host, hop.port_or_default())
    }

    #[test]
    fn a_uri_says_protocol_host_and_port() {
        let host = |host: &str| host.to_owned();
        assert_eq!(of_uri("sip:a@b"), Ok((Proto::Udp, host("b"), None)));
        assert_eq!(
            of_uri("sip:a@b:5070;transport=TCP"),
            Ok((Proto::Tcp, host("b"), Some(5070)))
        );
        assert_eq!(
            of_uri("sips:a@b;transport=tcp"),
            Ok((Proto::Tls, host("b"), None))
        );
        assert_eq!(of_uri("sips:a@b"), Ok((Proto::Tls, host("b"), None)));
        assert_eq!(
            of_uri("sip:a@b;maddr=192.0.2.3"),
            Ok((Proto::Udp, host("192.0.2.3"), None))
        );
        assert_eq!(
            of_uri("sip:[2001:db8::1]"),
            Ok((Proto::Udp, host("[2001:db8::1]"), None))
        );
    }

    #[test]
    fn uris_that_lead_nowhere_are_errors() {
        assert_eq!(of_uri("tel:+1"), Err(NextHopError::NoHost));
        assert_eq!(
            of_uri("sip:a@b;transport=sctp"),
            Err(NextHopError::UnsupportedTransport)
        );
        assert_eq!(
            of_uri("sips:a@b;transport=udp"),
            Err(NextHopError::UnsupportedTransport)
        );
    }

    #[test]
    fn responses_go_where_rfc_3261_18_2_2_and_rfc_3581_say() {
        for (via, expected) in [
            ("SIP/2.0/UDP h;branch=x", "udp h:5060"),
            ("SIP/2.0/UDP h:5070;branch=x", "udp h:5070"),
            (
                "SIP/2.0/UDP h:5070;received=192.0.2.9",
                "udp 192.0.2.9:5070",
            ),
            (
                "SIP/2.0/UDP h:5070;received=192.0.2.9;rport=4000",
                "udp 192.0.2.9:4000",
            ),
            (
                "SIP/2.0/UDP h;rport;received=192.0.2.9",
                "udp 192.0.2.9:5060",
            ),
            (
                "SIP/2.0/UDP [2001:db8::9];received=2001:db8::1;rport=7",
                "udp [2001:db8::1]:7",
            ),
            // To the port of the sent-by: the sender's own port is not listened on.
            (
                "SIP/2.0/TCP h:5070;received=192.0.2.9;rport=4000",
                "tcp 192.0.2.9:5070",
            ),
            ("SIP/2.0/TLS h;received=192.0.2.9", "tls 192.0.2.9:5061"),
            ("SIP/2.0/UDP h;maddr=192.0.2.3", "udp h:5060"),
        ] {
            assert_eq!(of_via(via), expected, "{via}");
        }
    }

    #[test]
    fn only_literal_hosts_have_an_address() {
        let hop = |host: &str| NextHop {
            proto: Proto::Tcp,
            host: Host::parse(host),
            port: None,
        };
        assert_eq!(
            hop("192.0.2.3").addr(),
            Some("192.0.2.3:5060".parse().unwrap())
        );
        assert_eq!(hop("example.com").addr(), None);
    }
}
