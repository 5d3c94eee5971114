//! A connection that is gone.

use std::time::Duration;

use evroute_tenant::TenantIndex;

use crate::flow::Flow;

/// A connection that is gone, of TCP or of what runs over it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct EndedConnection {
    /// What it was; nothing can be sent to it any more.
    pub flow: Flow,
    /// Why.
    pub cause: EndCause,
    /// How long it was there, from the end of its handshake on.
    pub lasted: Duration,
    /// Whom this is told, see [`Transport::tell_end`](crate::Transport::tell_end).
    pub tenants: Vec<TenantIndex>,
}

/// Why a connection is gone. Kamailio's `tcp:closed`, `tcp:reset` and `tcp:timeout` tell the first
/// three apart.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum EndCause {
    /// The other side closed it.
    Peer,
    /// It was reset, or what came could not be decrypted or read from the system.
    Reset,
    /// Nothing came for too long.
    Idle,
    /// This server closed it: what came was no SIP or too slow, nothing was taken for too long, the
    /// place was needed for another, somebody asked for it.
    Server,
}

impl EndCause {
    /// Its word, for handlers.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Peer => "peer",
            Self::Reset => "reset",
            Self::Idle => "idle",
            Self::Server => "server",
        }
    }
}
