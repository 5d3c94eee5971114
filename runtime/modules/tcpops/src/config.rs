//! What the operator says elsewhere: how much may wait for handlers.

use std::sync::Arc;

use evroute_module_api::{ModuleConfig, NewTenant, TenantPart};
use evroute_tenant::TenantQuota;

use crate::TcpopsTenant;

/// What the module needs to know of a tenant.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct TcpopsConfig {
    /// Connections that are gone, and no handler was told yet; the tenant's quota.
    pub events_queued_max: u32,
}

impl TcpopsConfig {
    pub(crate) const fn of(quota: &TenantQuota) -> Self {
        Self {
            events_queued_max: quota.events_queued_max,
        }
    }
}

impl ModuleConfig for TcpopsConfig {
    fn keep(&self, tenant: &NewTenant<'_>) -> Arc<dyn TenantPart> {
        Arc::new(TcpopsTenant::new(tenant.id.clone(), self.events_queued_max))
    }
}
