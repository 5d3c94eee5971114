//! Why listening or sending failed.

use std::io;
use std::net::SocketAddr;

use crate::proto::Proto;

/// Why a listening socket could not be opened: one line that says what to do.
#[derive(Debug, thiserror::Error)]
pub enum BindError {
    /// The configuration names no address.
    #[error("no address to listen on; add at least one to the configuration")]
    NothingToListenOn,
    /// Somebody listens there already.
    #[error(
        "{proto} {addr} is taken by another program; stop that one (`{}` shows it) or \
         configure another port", find_command(*.proto, *.addr)
    )]
    Taken {
        /// The protocol.
        proto: Proto,
        /// The address.
        addr: SocketAddr,
    },
    /// The address belongs to no interface of this machine.
    #[error(
        "{proto} {addr}: this machine has no address {}; configure one that `ip addr` shows, \
         or {} for all of them", .addr.ip(), wildcard(*.addr)
    )]
    NotLocal {
        /// The protocol.
        proto: Proto,
        /// The address.
        addr: SocketAddr,
    },
    /// The system refuses this port to this user.
    #[error(
        "{proto} {addr}: not permitted; choose a port above 1023, or give the program the \
         capability cap_net_bind_service"
    )]
    NotPermitted {
        /// The protocol.
        proto: Proto,
        /// The address.
        addr: SocketAddr,
    },
    /// The protocol is known but not there yet.
    #[error("{proto} {addr}: listening on {proto} is not supported; use udp, tcp or tls")]
    Unsupported {
        /// The protocol.
        proto: Proto,
        /// The address.
        addr: SocketAddr,
    },
    /// Anything else the system said.
    #[error("{proto} {addr}: {source}")]
    System {
        /// The protocol.
        proto: Proto,
        /// The address.
        addr: SocketAddr,
        /// What it said.
        source: io::Error,
    },
}

impl BindError {
    pub(crate) fn of(proto: Proto, addr: SocketAddr, source: io::Error) -> Self {
        match source.kind() {
            io::ErrorKind::AddrInUse => Self::Taken { proto, addr },
            io::ErrorKind::AddrNotAvailable => Self::NotLocal { proto, addr },
            io::ErrorKind::PermissionDenied => Self::NotPermitted { proto, addr },
            _ => Self::System {
                proto,
                addr,
                source,
            },
        }
    }
}

fn find_command(proto: Proto, addr: SocketAddr) -> String {
    let kind = match proto {
        Proto::Udp => 'u',
        Proto::Tcp | Proto::Tls | Proto::Ws | Proto::Wss => 't',
    };
    format!("ss -l{kind}np sport = :{}", addr.port())
}

fn wildcard(addr: SocketAddr) -> &'static str {
    if addr.is_ipv4() { "0.0.0.0" } else { "[::]" }
}

/// Why bytes were not sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TransportError {
    /// No listening socket for this protocol, address family and local address.
    #[error("no socket to send from")]
    NoSocket,
    /// The protocol is known but not there yet.
    #[error("the protocol is not supported")]
    Unsupported,
    /// As many bytes wait for this socket or connection as may.
    #[error("the write queue is full")]
    QueueFull,
    /// As many connections are open as may be, over all or to this address.
    #[error("too many connections")]
    TooManyConnections,
    /// The connection could not be made in time.
    #[error("connecting took too long")]
    ConnectTimeout,
    /// Nothing says whom a connection with TLS would have to be to.
    #[error("no connection, and no name to verify one by")]
    NoPeer,
    /// The peer of a new connection speaks no TLS that we do, or is not who was meant.
    #[error("the TLS handshake failed")]
    Handshake,
    /// Whoever is asked before a connection over TLS is dialled said no.
    #[error("a handler let no connection be made")]
    Dropped,
    /// The connection was closed before the bytes were written.
    #[error("the connection was closed")]
    Closed,
    /// The transport is shutting down.
    #[error("shutting down")]
    ShuttingDown,
    /// What the system said: refused, unreachable, too long for a datagram, ...
    #[error("{0}")]
    System(io::ErrorKind),
}

impl From<io::Error> for TransportError {
    fn from(error: io::Error) -> Self {
        Self::System(error.kind())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bind_errors_name_the_address_and_the_fix() {
        let addr: SocketAddr = "127.0.0.1:5060".parse().unwrap();
        let of = |kind: io::ErrorKind| BindError::of(Proto::Udp, addr, kind.into()).to_string();
        assert_eq!(
            of(io::ErrorKind::AddrInUse),
            "udp 127.0.0.1:5060 is taken by another program; stop that one \
             (`ss -lunp sport = :5060` shows it) or configure another port"
        );
        assert!(of(io::ErrorKind::AddrNotAvailable).contains("0.0.0.0 for all"));
        assert!(of(io::ErrorKind::PermissionDenied).contains("above 1023"));
    }
}
