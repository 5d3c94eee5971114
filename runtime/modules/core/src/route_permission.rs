//! Who may use a static route: calling out is for those whom the operator named.

use std::sync::atomic::Ordering;
use std::time::Instant;

use evroute_event::AuthenticatedUser;
use evroute_resolver::ChosenBy;
use evroute_sip::Message;
use evroute_tenant::{TenantIndex, TrustedSender};
use evroute_transport::Flow;

use crate::core::Core;
use crate::decision::{BranchTarget, Decision};
use crate::static_routes::{RouteSender, StaticRoute};

/// A request that asks for a way.
pub(crate) struct Asking<'a> {
    pub(crate) request: &'a Message,
    /// Who has shown that he sent it.
    pub(crate) user: Option<&'a AuthenticatedUser>,
    /// The way that it came.
    pub(crate) flow: &'a Flow,
    pub(crate) tenant: TenantIndex,
}

impl Core {
    /// Whether whoever sent a request may use a route.
    pub(crate) fn may_use(&self, asking: &Asking<'_>, route: &StaticRoute) -> bool {
        route.from.iter().any(|sender| match sender {
            RouteSender::Anyone => true,
            RouteSender::Authenticated => asking.user.is_some(),
            RouteSender::Registered => self.is_registered(asking),
            RouteSender::Trusted(sender) => self.is_trusted(asking, sender),
        })
    }

    fn is_trusted(&self, asking: &Asking<'_>, sender: &TrustedSender) -> bool {
        let handshake = self.handshake(asking.flow);
        let peer = handshake.as_deref().and_then(|tls| tls.peer.as_ref());
        sender.is(asking.flow.remote.ip(), peer, asking.tenant)
    }

    /// Whether the From of a request is a user of ours who has registered from just there.
    fn is_registered(&self, asking: &Asking<'_>) -> bool {
        let from = asking.request.from().ok();
        let uri = from.as_ref().and_then(|from| from.parse_uri().ok());
        uri.is_some_and(|uri| {
            let is_served = self.identity.names().is_served_aor(&uri);
            is_served
                && self
                    .locations
                    .is_registered_from(asking.tenant, &uri, asking.flow)
        })
    }

    /// Where a request for a domain goes that is not ours, for those who may use the route there.
    pub(crate) fn foreign_route(&self, asking: &Asking<'_>, host: &str) -> Option<BranchTarget> {
        let route = self.static_route(asking.tenant, |routes| routes.domain(host))?;
        if !self.may_use(asking, &route) {
            self.count_refused(asking);
            return None;
        }
        Some(BranchTarget {
            // Where the sender asks, the tenant's networks bound it.
            chosen_by: match route.to {
                Some(_) => ChosenBy::Operator,
                None => ChosenBy::Tenant,
            },
            ..BranchTarget::as_is(route.to.as_ref())
        })
    }

    /// The answer to who may not use the route that he asks for.
    pub(crate) fn not_for_sender(&self, asking: &Asking<'_>) -> Decision {
        self.count_refused(asking);
        Decision::answer(403, "Not Allowed To Call There")
    }

    fn count_refused(&self, asking: &Asking<'_>) {
        self.routes_refused.fetch_add(1, Ordering::Relaxed);
        if let Some(times) = self.reported.route_refused.happened(Instant::now()) {
            let (tenant, call_id) = self.about(asking.tenant, asking.request);
            let source = asking.flow.remote;
            tracing::info!(
                tenant,
                call_id,
                %source,
                times,
                "a route is not for whoever sent this; from in [[tenant.route]] says for whom it is"
            );
        }
    }
}
