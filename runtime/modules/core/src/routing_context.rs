//! What is known about a request by the time it has a transaction.

use evroute_event::{AuthenticatedUser, PinnedHandlers};
use evroute_proxy::{BranchMaker, Breadth, LoopHash};
use evroute_sip::Message;
use evroute_tenant::TenantIndex;
use evroute_transport::Flow;

use crate::core::Core;

/// A request as it was received, before any handler edited it: what it is known by when it comes
/// back (RFC 5393 4.2).
#[derive(Clone, Copy, Debug)]
pub(crate) struct Seen {
    /// All that our own routing looks at.
    plain: LoopHash,
    /// And whom it came from. Handlers look at that: what an application server got from us and
    /// gives back unchanged is no loop the first time.
    from_peer: LoopHash,
}

impl Seen {
    fn of(branches: &BranchMaker, request: &Message, flow: &Flow, tenant: TenantIndex) -> Self {
        let plain = branches.narrowed(branches.loop_hash(request), tenant);
        let via = request.top_via();
        // Not the port it came from: a peer dials from another one each time.
        let sent_by = via.as_ref().ok().map(|via| (via.host(), via.port()));
        let from_peer = branches.narrowed(plain, (flow.remote.ip(), sent_by));
        Self { plain, from_peer }
    }

    /// All that a branch of ours for this request could carry.
    pub(crate) fn all(self) -> [LoopHash; 2] {
        [self.plain, self.from_peer]
    }

    /// What its branches carry: `is_redirected` when a handler chose where it goes.
    pub(crate) fn for_branches(self, is_redirected: bool) -> LoopHash {
        if is_redirected {
            self.from_peer
        } else {
            self.plain
        }
    }
}

/// What `core:pre-routing` left to know about a request beside the request itself.
#[derive(Debug)]
pub(crate) struct RoutingContext {
    /// As it was received.
    pub(crate) seen: Seen,
    /// How many branches it may be divided into, as it was received: no handler makes it more.
    pub(crate) breadth: Breadth,
    /// Where a handler wants it sent.
    pub(crate) next_hop: Option<String>,
    /// A handler chose where it goes.
    pub(crate) is_redirected: bool,
    /// Who has shown that he sent it, once that was asked.
    pub(crate) sender: Option<AuthenticatedUser>,
    /// Who is asked about it: the same revisions in each event until it is routed.
    pub(crate) handlers: PinnedHandlers,
}

impl RoutingContext {
    /// None for a response: what is to become of it its request knows.
    pub(crate) fn of(
        core: &Core,
        message: &Message,
        flow: &Flow,
        tenant: TenantIndex,
        handlers: PinnedHandlers,
    ) -> Option<Self> {
        message.is_request().then(|| Self {
            seen: Seen::of(core.uac.branches(), message, flow, tenant),
            breadth: Breadth::of(message, &core.identity.names(), core.max_breadth),
            next_hop: None,
            is_redirected: false,
            sender: None,
            handlers,
        })
    }
}
