//! What modules keep for each tenant, from its configuration.

use std::sync::Arc;

use evroute_module_api::TenantState;
use evroute_module_log::{Journal, LogTenant};

use crate::{Config, StartError, TenantConfig};

/// Builds the state of every tenant, in the order of their indices.
pub(crate) fn build(
    config: &Config,
    journal: &Arc<dyn Journal>,
) -> Result<Vec<Arc<TenantState>>, StartError> {
    config
        .tenants
        .iter()
        .map(|tenant| Ok(Arc::new(state(tenant, journal)?)))
        .collect()
}

/// One line per module that keeps something.
fn state(tenant: &TenantConfig, journal: &Arc<dyn Journal>) -> Result<TenantState, StartError> {
    let state = TenantState::new(tenant.id.clone(), tenant.index);
    Ok(state.with(Arc::new(LogTenant {
        journal: Arc::clone(journal),
    })))
}
