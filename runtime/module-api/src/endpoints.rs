//! The way a message came, as events have it.

use evroute_event::Endpoint;
use evroute_transport::Flow;

/// The two ends of the way a message came: where from, and which of our sockets to.
#[must_use]
pub fn endpoints(flow: &Flow) -> (Option<Endpoint>, Option<Endpoint>) {
    let proto = flow.proto.as_param();
    let end = |address| Some(Endpoint { proto, address });
    (end(flow.remote), end(flow.local))
}
