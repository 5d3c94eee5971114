//! From a next hop to the addresses that a message is sent to (RFC 3263).

mod look_ups;
mod resolve;

pub use resolve::{ChosenBy, Resolver, Targets, Unresolved};
