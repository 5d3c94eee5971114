//! What modules keep for each tenant, from its configuration.

use std::sync::Arc;

use evroute_module_api::TenantState;
use evroute_module_custom::{CustomTenant, Queue, Queued};
use evroute_module_log::{Journal, LogTenant};
use tokio::sync::mpsc::Receiver;

use crate::{Config, StartError, TenantConfig};

/// One tenant, and the parts of it that background work needs.
pub(crate) struct Tenant {
    pub(crate) state: Arc<TenantState>,
    pub(crate) raised: Receiver<Queued>,
}

/// Builds every tenant, in the order of their indices.
pub(crate) fn build(
    config: &Config,
    journal: &Arc<dyn Journal>,
) -> Result<Vec<Tenant>, StartError> {
    config
        .tenants
        .iter()
        .map(|tenant| one(tenant, journal))
        .collect()
}

/// One line per module that keeps something.
fn one(tenant: &TenantConfig, journal: &Arc<dyn Journal>) -> Result<Tenant, StartError> {
    let events = usize::try_from(tenant.quota.events_queued_max).unwrap_or(usize::MAX);
    let (queue, raised) = Queue::new(events);
    let state = TenantState::new(tenant.id.clone(), tenant.index)
        .with(Arc::new(LogTenant {
            journal: Arc::clone(journal),
        }))
        .with(Arc::new(CustomTenant { queue }));
    Ok(Tenant {
        state: Arc::new(state),
        raised,
    })
}
