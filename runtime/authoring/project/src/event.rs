//! The events that a new project can begin with.

use evroute_contract::EVENTS;

/// An event that `evroute new` has templates for. Every other event is an export more in
/// `wit/world.wit`.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum StartingEvent {
    /// `tm:local-request`: the server is about to send a request of its own.
    LocalRequest,
    /// `core:request`: a new request will be routed.
    Request,
}

impl StartingEvent {
    /// All of them.
    pub const ALL: [Self; 2] = [Self::LocalRequest, Self::Request];

    /// The event's name.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::LocalRequest => "tm:local-request",
            Self::Request => "core:request",
        }
    }

    /// The event of this name.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|one| one.as_str() == name)
    }

    /// The interface, in the version that this program has.
    pub(crate) fn interface(self) -> &'static str {
        let path = match self {
            Self::LocalRequest => ("tm", "local-request"),
            Self::Request => ("core", "request"),
        };
        let mut events = EVENTS.iter();
        let event = events.find(|event| (event.module, event.name) == path);
        event.map_or("", |event| event.interface)
    }

    /// What the templates' handler does to requests of the blocked user.
    pub(crate) const fn does(self) -> &'static str {
        match self {
            Self::LocalRequest => "does not send",
            Self::Request => "rejects",
        }
    }

    /// A command that raises it in the local server.
    pub(crate) const fn attempt(self) -> &'static str {
        match self {
            Self::LocalRequest => "evroute rpc tm.t_uac_start OPTIONS sip:service@127.0.0.1",
            Self::Request => "sipp -sn uac -i 127.0.0.1 -m 1 127.0.0.1:5060",
        }
    }
}
