//! Where a message came from, and where one goes.

use std::fmt;
use std::net::SocketAddr;
use std::sync::Arc;

use bytes::Bytes;

use crate::proto::Proto;
use crate::tls_peer::TlsPeer;

/// One connection of this process. Numbers are never used twice.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ConnectionId(u64);

impl ConnectionId {
    /// The id with this number. Ids that were not handed out by a transport find nothing.
    #[must_use]
    pub const fn new(number: u64) -> Self {
        Self(number)
    }

    /// The number, for logs.
    #[must_use]
    pub const fn number(self) -> u64 {
        self.0
    }
}

impl fmt::Display for ConnectionId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// The way a message came: enough to answer on it (RFC 3261 18.2.2, RFC 3581, RFC 5626).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Flow {
    /// The protocol.
    pub proto: Proto,
    /// Our side. For UDP the address that was listened on: unspecified (`0.0.0.0`) when the
    /// configuration says so.
    pub local: SocketAddr,
    /// The other side, as the kernel saw it.
    pub remote: SocketAddr,
    /// The connection; `None` for datagrams.
    pub connection: Option<ConnectionId>,
}

impl Flow {
    /// The target that sends back the way this came.
    #[must_use]
    pub const fn back(&self) -> Target {
        Target {
            proto: self.proto,
            remote: self.remote,
            local: Some(self.local),
            connection: self.connection,
            peer: None,
            is_flow: false,
        }
    }

    /// Whether what came this way came from the same peer as what came that way: over the same
    /// connection or, as datagrams, from the same address and port.
    #[must_use]
    pub fn is_same_way(&self, other: &Self) -> bool {
        let way = |flow: &Self| (flow.proto, flow.remote, flow.connection);
        way(self) == way(other)
    }

    /// The target that is this flow and nothing else: what registered over a connection is not at
    /// its address any more once that is gone (RFC 5626 5.3.1).
    #[must_use]
    pub fn itself(&self) -> Target {
        Target {
            is_flow: true,
            ..self.back()
        }
    }
}

/// A message as it was received: one datagram, or one frame of a stream. Not yet parsed,
/// within the size limits of [`Config`](crate::Config).
#[derive(Clone, Debug)]
pub struct Inbound {
    /// Start line to end of body. A datagram is whole, whatever is in it.
    pub bytes: Bytes,
    /// The way it came.
    pub flow: Flow,
}

/// Where bytes are to go.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Target {
    /// The protocol.
    pub proto: Proto,
    /// The address. For connections: dialled when there is no connection to use.
    pub remote: SocketAddr,
    /// Which listening socket a datagram leaves from, and which address a new connection is
    /// dialled from. `None`: the first that fits.
    pub local: Option<SocketAddr>,
    /// The connection to use while it lives, whatever its address.
    pub connection: Option<ConnectionId>,
    /// Whom a connection with TLS has to be to. Without, none is dialled.
    pub peer: Option<Arc<TlsPeer>>,
    /// Whether it is `connection` or nothing: no other connection is used, and none is dialled.
    /// Datagrams go to the address all the same.
    pub is_flow: bool,
}

impl Target {
    /// A target by address alone.
    #[must_use]
    pub const fn new(proto: Proto, remote: SocketAddr) -> Self {
        Self {
            proto,
            remote,
            local: None,
            connection: None,
            peer: None,
            is_flow: false,
        }
    }

    /// The same, to nobody but this.
    #[must_use]
    pub fn to_peer(self, peer: Option<Arc<TlsPeer>>) -> Self {
        Self { peer, ..self }
    }
}

impl fmt::Display for Target {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.proto, self.remote)
    }
}
