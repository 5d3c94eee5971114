//! What the operator may say: how many events may wait.

use std::sync::Arc;

use evroute_module_api::config::TenantSections;
use evroute_module_api::{ModuleConfig, NewTenant, TenantPart};

use crate::CustomTenant;

/// What one tenant may have waiting.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Config {
    /// Events raised and not yet handled; the tenant's quota.
    pub events_queued_max: u32,
}

impl Config {
    pub(crate) fn read(sections: &TenantSections<'_>) -> Self {
        Self {
            events_queued_max: sections.quota.events_queued_max,
        }
    }
}

impl ModuleConfig for Config {
    fn keep(&self, tenant: &NewTenant<'_>) -> Arc<dyn TenantPart> {
        Arc::new(CustomTenant::new(self.events_queued_max).of_tenant(tenant.id))
    }
}
