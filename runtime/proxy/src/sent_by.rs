//! How we name ourselves in Via and Record-Route.

use std::fmt;
use std::net::SocketAddr;

use evroute_transport::Proto;

use crate::host::Host;

/// One of our addresses as others are to see it: what is advertised, not always what is
/// listened on.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct SentBy {
    /// The protocol.
    pub proto: Proto,
    /// The host.
    pub host: Host,
    /// The port; written out even where it is the default.
    pub port: u16,
}

impl SentBy {
    /// An address that is advertised as it is.
    #[must_use]
    pub const fn of_addr(proto: Proto, addr: SocketAddr) -> Self {
        Self {
            proto,
            host: Host::Ip(addr.ip()),
            port: addr.port(),
        }
    }

    /// A Via value without parameters but the branch (RFC 3261 16.6 step 8).
    pub(crate) fn via(&self, branch: &str) -> String {
        format!("SIP/2.0/{} {self};branch={branch}", self.proto.as_str())
    }
}

impl fmt::Display for SentBy {
    /// `host:port`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.host, self.port)
    }
}
