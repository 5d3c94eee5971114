//! What the SIP side knows of tenants: whose a message is, what is ours, where requests go.

use std::sync::Arc;

use evroute_dispatch::CpuBudget;
use evroute_identity::{LocalIdentity, TenantIdentity};
use evroute_module_api::{OwnRequests, TenantState};
use evroute_module_core::{Core, TenantRouting};
use evroute_module_sip::SipTenant;
use evroute_proxy::SentBy;
use evroute_tenant::{OutgoingRate, PinConflict, TenantDirectory, TenantIndex, TenantQuota};
use evroute_transaction_layer::TransactionLayer;
use evroute_transport::Listen;

use crate::handlers::{WAITING_PER_RUN, throttle_permits};
use crate::{Config, TenantConfig};

/// The SIP side, as tenants come and go. Cheap to clone.
#[derive(Clone)]
pub(crate) struct SipTenants {
    pub(crate) core: Arc<Core>,
    pub(crate) identity: Arc<LocalIdentity>,
    pub(crate) directory: Arc<TenantDirectory>,
    pub(crate) layer: Arc<TransactionLayer>,
    /// Who sends requests of the server's own.
    pub(crate) requests: Arc<dyn OwnRequests>,
    /// Where we listen, and what is advertised of it.
    pub(crate) sides: Arc<[(Listen, Option<SentBy>)]>,
    /// How many runs of tenants that are over their CPU budgets are at work at once.
    pub(crate) throttle_permits: usize,
}

impl SipTenants {
    /// Makes messages a tenant's, and no others; before it is admitted, so that two never have the
    /// same.
    pub(crate) fn pin(&self, tenant: &TenantConfig) -> Result<(), PinConflict> {
        self.directory
            .admit(&tenant.id, tenant.index, &tenant.pins())
    }

    /// Takes in a tenant, or what has changed of one: what is ours of it, its routes, and what its
    /// handlers call their own.
    pub(crate) fn admit(&self, tenant: &TenantConfig, state: &TenantState) {
        self.identity.admit([(tenant.index, identity(tenant))]);
        self.admit_named(tenant, state);
    }

    /// The same of many, whose names are known to be ours already.
    pub(crate) fn admit_named(&self, tenant: &TenantConfig, state: &TenantState) {
        let routing = state.get::<TenantRouting>().cloned().unwrap_or_default();
        self.core.admit(tenant.index, routing);
        if let Some(rate) = state.share::<OutgoingRate>() {
            self.identity.limit_outgoing(tenant.index, rate);
        }
        if let Some(known) = state.get::<SipTenant>() {
            let domains = tenant.domains.iter().cloned();
            let own = LocalIdentity::new(self.sides.iter().cloned(), domains);
            known.names.store(Some(own.names()));
        }
    }

    /// From now on nothing is this tenant's.
    pub(crate) fn remove(&self, tenant: TenantIndex) {
        self.directory.remove(tenant);
        self.core.remove(tenant);
        self.identity.remove(tenant);
    }

    /// Makes room for what a tenant's messages may have waiting.
    pub(crate) fn grow(&self, quota: &TenantQuota) {
        let more = waiting_max(quota, self.throttle_permits);
        self.layer.tasks().grow(more);
    }

    /// Takes that room back.
    pub(crate) fn shrink(&self, quota: &TenantQuota) {
        let less = waiting_max(quota, self.throttle_permits);
        self.layer.tasks().shrink(less);
    }
}

/// What this server is to a tenant.
pub(crate) fn identity(tenant: &TenantConfig) -> TenantIdentity {
    TenantIdentity {
        id: tenant.id.clone(),
        domains: tenant.domains.clone(),
        networks: Some(tenant.networks.clone()),
    }
}

/// Room for all that every tenant may have waiting: one tenant's slow database takes no place from
/// another.
pub(crate) fn waiting_of_all(config: &Config, besides: usize) -> usize {
    let permits = throttle_permits(config);
    let tenants = config.tenants.iter();
    let waiting = tenants.map(|tenant| waiting_max(&tenant.quota, permits));
    waiting.fold(besides, usize::saturating_add)
}

/// What a change that waits for the disk takes at least, in bytes: as many messages wait for it.
const JOURNAL_CHANGE_BYTES_MIN: u64 = 128;

/// Those that run, and those that wait for a permit; the same of a tenant that is over its CPU
/// budget; and registrations that wait for the disk.
fn waiting_max(quota: &TenantQuota, permits: usize) -> usize {
    let registrations = quota.journal_queued_bytes_max / JOURNAL_CHANGE_BYTES_MIN;
    usize::try_from(quota.runs_concurrent_max)
        .unwrap_or(usize::MAX)
        .saturating_mul(WAITING_PER_RUN + 1)
        .saturating_add(CpuBudget::throttled_max(permits))
        .saturating_add(usize::try_from(registrations).unwrap_or(usize::MAX))
}
