//! How far the start of each tenant has come.

use std::sync::OnceLock;

use evroute_tenant::TenantIndex;

use crate::Config;

/// Which tenants are served, and which are disabled. A tenant is starting until it is one of the
/// two, which it stays until the server is started again.
#[derive(Debug, Default)]
pub struct TenantStarts(Vec<OnceLock<IsServed>>);

/// Whether a tenant whose start has ended is served.
type IsServed = bool;

impl TenantStarts {
    /// All of them are starting.
    pub(crate) fn new(config: &Config) -> Self {
        Self(config.tenants.iter().map(|_| OnceLock::new()).collect())
    }

    /// Ends a tenant's start. What was said of it first counts.
    pub(crate) fn end(&self, tenant: TenantIndex, is_served: IsServed) {
        if let Some(start) = self.0.get(tenant.position()) {
            start.get_or_init(|| is_served);
        }
    }

    /// Whether a tenant has started, and its handlers are asked.
    pub(crate) fn is_served(&self, tenant: TenantIndex) -> bool {
        let start = self.0.get(tenant.position());
        start.is_some_and(|start| start.get() == Some(&true))
    }

    /// How many are starting.
    pub(crate) fn starting(&self) -> usize {
        self.count(None)
    }

    /// How many did not start.
    pub(crate) fn disabled(&self) -> usize {
        self.count(Some(&false))
    }

    fn count(&self, end: Option<&IsServed>) -> usize {
        self.0.iter().filter(|start| start.get() == end).count()
    }
}
