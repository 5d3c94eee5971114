//! Names of events.

use std::fmt;

/// The name of an event in Kamailio's spelling, `module:event`, for example `tm:local-request`.
///
/// An event filter (`htable:expired:calls`) is not part of the name: it is a filter
/// ([`crate::Event::filter`]).
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Debug)]
pub struct EventName(&'static str);

impl EventName {
    /// Names an event. Names are written once, as constants beside the event's type.
    #[must_use]
    pub const fn new(name: &'static str) -> Self {
        Self(name)
    }

    /// The name as operators write it.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        self.0
    }
}

impl fmt::Display for EventName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0)
    }
}

/// The place of an event in the running server's list; below 64, so that one word says which events
/// a tenant handles.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Debug)]
pub struct EventIndex(u8);

impl EventIndex {
    /// How many events a server can have.
    pub const COUNT_MAX: usize = 64;

    /// The index for a position in the list; none beyond [`Self::COUNT_MAX`].
    #[must_use]
    pub fn new(position: usize) -> Option<Self> {
        if position < Self::COUNT_MAX {
            u8::try_from(position).ok().map(Self)
        } else {
            None
        }
    }

    /// The position in the list.
    #[must_use]
    pub const fn position(self) -> usize {
        self.0 as usize
    }

    /// The one bit that stands for this event.
    #[must_use]
    pub const fn bit(self) -> u64 {
        1 << self.0
    }
}
