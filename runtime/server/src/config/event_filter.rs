//! What a handler wants of events that have a third segment.

/// One entry of a handler's `on`.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct EventFilter {
    /// The event as in [`EventWord::name`](super::EventWord::name): `htable:expired`.
    pub event: &'static str,
    /// Its event filter: `calls`.
    pub filter: String,
}
