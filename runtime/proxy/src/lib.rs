//! What a proxy does to messages: RFC 3261 section 16, as functions without I/O, clock or
//! state of their own.
//!
//! The way of a request: [`add_received_and_rport`] (18.2.1), [`validate_request`] and
//! [`check_loop`] (16.3), [`Breadth`] (RFC 5393), [`preprocess_route`] (16.4), the core's and the
//! handlers' decision, [`check_relay`] against open relaying, [`forward_request`] (16.6 steps 1 to
//! 3, 6 and 7), resolution of the [`NextHop`] by somebody else, [`add_via_and_record_route`] (steps
//! 4, 8 and 9). The way of a response: [`forward_response`] (16.7 steps 3 and 9) and, where
//! branches were forked, [`ResponseContext`] (the rest of 16.7).

mod branch;
mod breadth;
mod error;
mod forward;
mod host;
mod loop_check;
mod nat;
mod next_hop;
mod own_names;
mod path;
mod record_route;
mod refusal;
mod relay;
mod response;
mod response_context;
mod route_set;
mod sent_by;
#[cfg(test)]
mod testing;
mod validate;
mod via;

pub use branch::{BranchMaker, LoopHash};
pub use breadth::{Breadth, MAX_BREADTH};
pub use error::{ForwardError, StrayResponse};
pub use forward::{
    Forward, HopHeaders, add_via_and_record_route, check_secure, clone_for_branch, forward_request,
    select_next_hop,
};
pub use host::Host;
pub use loop_check::check_loop;
pub use nat::{add_alias, alias, leads_nowhere, wants_alias, without_alias};
pub use next_hop::{NextHop, NextHopError};
pub use own_names::{HostAddresses, OwnNames};
pub use path::{add_path, is_outbound, wants_path};
pub use record_route::{RecordRoute, is_recorded, recorded_tenant};
pub use refusal::Refusal;
pub use relay::{Destination, RelayPolicy, check_relay};
pub use response::{Returned, forward_response};
pub use response_context::{
    BestResponse, BranchIndex, ResponseAction, ResponseActions, ResponseContext,
};
pub use route_set::{OwnRoute, Routed, preprocess_route};
pub use sent_by::SentBy;
pub use validate::validate_request;
pub use via::add_received_and_rport;
