//! A request between the question to handlers and its way out.

use std::net::SocketAddr;

use evroute_event::AuthenticatedUser;
use evroute_proxy::{Breadth, LoopHash};
use evroute_sip::Message;
use evroute_tenant::TenantIndex;

/// A request that may be routed, as its handlers left it.
pub(crate) struct RoutedRequest {
    pub(crate) request: Message,
    /// Where a handler wants it sent.
    pub(crate) next_hop: Option<String>,
    /// A handler chose where it goes: it was not the peer who asked for a foreign domain.
    pub(crate) is_redirected: bool,
    /// Who has shown that he sent it.
    pub(crate) sender: Option<AuthenticatedUser>,
}

/// A request on its way out.
pub(crate) struct OutgoingRequest {
    /// The request, as its handlers left it, its own route taken off.
    pub(crate) request: Message,
    /// What its branches carry of the request as it came in.
    pub(crate) hash: LoopHash,
    /// Whose it is.
    pub(crate) tenant: TenantIndex,
    /// Inside a dialog: the side of ours that it leaves by, as the Route says that we recorded
    /// (Kamailio's `r2`).
    pub(crate) egress_address: Option<SocketAddr>,
    /// How many branches it may be divided into.
    pub(crate) breadth: Breadth,
}
