//! What the operator may say: how many events may wait.

use std::sync::Arc;

use evroute_module_api::config::TenantSections;
use evroute_module_api::{ModuleConfig, NewTenant, TenantPart};

use crate::DeployTenant;

/// What one tenant may have waiting.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Config {
    /// Changes of handlers that no handler was asked about yet; the tenant's quota.
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
        Arc::new(DeployTenant::new(
            tenant.id.clone(),
            self.events_queued_max,
            tenant.clock,
        ))
    }
}
