//! The authentication of every tenant, as the core asks for it.

use std::sync::Arc;

use evroute_module_api::{Authenticated, Authentication, AuthenticationStep, TenantState};
use evroute_sip::Message;
use evroute_tenant::{PeerIdentity, TenantIndex, TenantSlots};
use evroute_transport::Flow;

use crate::{AuthTenant, refusals};

/// How long who asks for a tenant that is gone shall wait, in milliseconds.
const GONE_MS: u64 = 10_000;

/// The authentication of all tenants, and the time. `clock` gives microseconds since 1970.
pub struct Authenticator {
    tenants: Arc<TenantSlots<TenantState>>,
    clock: fn() -> u64,
}

impl Authenticator {
    /// That of these tenants.
    #[must_use]
    pub fn new(tenants: &Arc<TenantSlots<TenantState>>, clock: fn() -> u64) -> Self {
        Self {
            tenants: Arc::clone(tenants),
            clock,
        }
    }
}

impl Authentication for Authenticator {
    fn authenticate<'a>(
        &self,
        tenant: TenantIndex,
        request: &'a Message,
        flow: &'a Flow,
        peer: Option<&PeerIdentity>,
    ) -> AuthenticationStep<'a> {
        let part = self
            .tenants
            .read(tenant, |tenant| tenant.share::<AuthTenant>());
        match part {
            Some(Some(part)) => part.authenticate(request, flow, peer, (self.clock)()),
            // There is no [tenant.auth].
            Some(None) => AuthenticationStep::Done(Authenticated::NotAsked),
            // Whether there was one nobody knows any more.
            None => AuthenticationStep::Done(Authenticated::Refused(refusals::later(GONE_MS))),
        }
    }
}
