//! What a change of the location table did to a contact.

use std::sync::Arc;

use crate::Binding;

/// What a change of the location table did to a contact, for whoever is told of it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct ContactChange {
    /// What was done.
    pub what: ContactFate,
    /// The contact, as it is registered now or was at last.
    pub binding: Arc<Binding>,
}

/// What became of a contact.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum ContactFate {
    /// It was not registered before.
    Added(ChangeCause),
    /// It was registered before, and was registered again.
    Updated(ChangeCause),
    /// It is not registered any more.
    Removed(ChangeCause),
}

/// Why a contact was added, changed or removed.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum ChangeCause {
    /// Its phone said so, by REGISTER.
    Register,
    /// Another one took its place: its address of record had as many as it may.
    Replaced,
    /// The operator said so, by RPC.
    Rpc,
    /// The connection was closed over which alone it was reached.
    ConnectionClosed,
    /// It has not answered so many pings in a row.
    PingsMissed,
}

impl ChangeCause {
    /// All of them.
    pub const ALL: [Self; 5] = [
        Self::Register,
        Self::Replaced,
        Self::Rpc,
        Self::ConnectionClosed,
        Self::PingsMissed,
    ];

    /// As handlers and logs read it.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Register => "register",
            Self::Replaced => "replaced",
            Self::Rpc => "rpc",
            Self::ConnectionClosed => "connection-closed",
            Self::PingsMissed => "pings-missed",
        }
    }
}
