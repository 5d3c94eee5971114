//! Where a phone is reached inside a dialog that does not know its outer address.

use evroute_proxy::{Routed, add_alias, alias, wants_alias, without_alias};
use evroute_resolver::ChosenBy;
use evroute_sip::{Message, Uri};
use evroute_tenant::TenantIndex;
use evroute_transport::Flow;

use crate::core::Core;
use crate::decision::{BranchTarget, Decision};
use crate::flow_tokens::NoFlow;

impl Core {
    /// Writes the flow that a message came over into its Contact, where that leads nowhere: what
    /// follows in the dialog finds its way back by it (`;alias=`, Kamailio's `set_contact_alias`).
    pub(crate) fn put_alias(&self, message: &mut Message, flow: &Flow, tenant: TenantIndex) {
        if !wants_alias(message, flow) {
            return;
        }
        let token = self.flow_tokens.write(&self.name(tenant), flow);
        if let Err(error) = add_alias(message, &token) {
            let (tenant, call_id) = self.about(tenant, message);
            tracing::info!(tenant, call_id, %error, "a Contact behind a NAT has no room for where it is");
        }
    }

    /// Where the alias of a Request-URI leads; none where it has none of ours. One that was made up
    /// leads to nobody.
    pub(crate) fn aliased(&self, tenant: TenantIndex, uri: &Uri<'_>) -> Option<BranchTarget> {
        let token = alias(uri)?;
        let flow = self.flow_tokens.read(&self.name(tenant), token).ok()?;
        let uri = without_alias(uri);
        Some(BranchTarget {
            uri: Some(uri),
            ..BranchTarget::over(&flow)
        })
    }

    /// Where the token leads that we wrote into the Path of a phone (RFC 5626 5.3); none where the
    /// request has none, or came from that phone: then it goes where it asks for.
    pub(crate) fn by_token(
        &self,
        routed: &Routed,
        flow: &Flow,
        tenant: TenantIndex,
    ) -> Option<Decision> {
        let token = match routed {
            Routed::Ours(route) => route.user.as_deref()?,
            Routed::No | Routed::Elsewhere => return None,
        };
        match self.flow_tokens.read(&self.name(tenant), token) {
            Ok(to) if to == *flow => None,
            Ok(to) if self.is_alive(&to) => Some(Decision::Forward(vec![BranchTarget::over(&to)])),
            Ok(_) => Some(Decision::answer(430, "Flow Failed")),
            // Of its own a phone may have put a user into its Route.
            Err(NoFlow::NotAToken) => None,
            Err(NoFlow::Forged) => Some(Decision::answer(403, "Forbidden")),
        }
    }

    /// Whether a flow can be sent to: its connection may be gone.
    pub(crate) fn is_alive(&self, flow: &Flow) -> bool {
        let transport = self.layer.transport();
        transport.is_some_and(|transport| transport.has(flow))
    }
}

impl BranchTarget {
    /// Over a flow and nowhere else, as a phone asked for it that spoke over it.
    pub(crate) fn over(flow: &Flow) -> Self {
        Self {
            uri: None,
            next_hop: None,
            target: Some(flow.itself()),
            chosen_by: ChosenBy::Contact,
            local: Some(flow.local),
            routes: Vec::new(),
        }
    }

    /// The flow that it goes over, where that is known.
    pub(crate) fn flow(&self) -> Option<Flow> {
        let (target, local) = (self.target.as_ref()?, self.local?);
        Some(Flow {
            proto: target.proto,
            local: target.local.unwrap_or(local),
            remote: target.remote,
            connection: target.connection,
        })
    }
}
