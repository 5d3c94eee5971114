//! RFC 3261 section 16 as functions: a message in, a message or a refusal out. No I/O, no clock, no state.
//!
//! The way of a request: [`check_request`] (16.3), [`preprocess`] (16.4), then, for each target that the location
//! service or a static route gives (16.5), [`forward_request`] and [`next_hop`] (16.6). The way back: [`forward_response`]
//! and [`best_response`] (16.7). What is ours is asked of one [`Own`].

mod branch;
mod check;
mod forward;
mod next_hop;
mod own;
mod respond;
mod response_context;
mod route_set;
#[cfg(test)]
mod testing;
mod via;

pub use branch::{Branches, is_looped};
pub use check::{Refused, check_request};
pub use forward::{Forward, RecordRoute, forward_request};
pub use next_hop::{HopError, NextHop, next_hop, next_hop_of};
pub use own::{Own, Whose};
pub use respond::{forward_response, reply_target};
pub use response_context::{Outcome, ResponseContext, best_response};
pub use route_set::{RouteError, Routed, preprocess};
pub use via::complete_via;
