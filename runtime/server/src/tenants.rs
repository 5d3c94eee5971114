//! What modules keep for each tenant, from its configuration.

use std::sync::Arc;
use std::time::{Duration, Instant};

use evroute_clock::now_us;
use evroute_module_api::{LogSink, LogTenant, NewTenant, OpenFault, TenantState};
use evroute_tenant::{Ledger, RunTime, TenantId};
use tokio::task::JoinSet;

use crate::{Config, Log, StartError, TenantConfig};

/// One tenant, and the parts of it that background work needs.
pub(crate) struct Tenant {
    pub(crate) id: TenantId,
    pub(crate) state: Arc<TenantState>,
    /// Why something that it needs cannot be used; the tenant does not start then.
    pub(crate) unopened: Option<String>,
}

/// Builds every tenant, in the order of their indices.
pub(crate) async fn build(config: &Config, log: &Log) -> Result<Vec<Tenant>, StartError> {
    let mut tenants = Vec::with_capacity(config.tenants.len());
    let mut earlier = Vec::with_capacity(config.tenants.len());
    for tenant in &config.tenants {
        let mut unopened = None;
        let log_sink = log.log_sink(tenant.id.as_str(), tenant.quota.log_bytes_per_second_max);
        let mut state = begun(config, tenant, log_sink);
        for module in tenant.modules.all() {
            let new = new_tenant(config, tenant, &state, &earlier);
            let part = match module.open(&new).await {
                Ok(part) => part,
                Err(OpenFault::Tenant(why)) => {
                    unopened.get_or_insert(why);
                    module.keep(&new)
                }
                Err(OpenFault::Server(why)) => {
                    let tenant = tenant.id.to_string();
                    return Err(StartError::Tenant { tenant, why });
                }
            };
            state = state.with_part(part);
        }
        let state = Arc::new(state);
        earlier.push(Arc::clone(&state));
        tenants.push(Tenant {
            id: tenant.id.clone(),
            state,
            unopened,
        });
    }
    Ok(tenants)
}

/// A tenant of which nothing outside is open. Its handlers can be tried, but not run.
pub(crate) fn unopened(
    config: &Config,
    tenant: &TenantConfig,
    log_sink: &Arc<dyn LogSink>,
) -> Arc<TenantState> {
    let mut state = begun(config, tenant, Arc::clone(log_sink));
    for module in tenant.modules.all() {
        let part = module.keep(&new_tenant(config, tenant, &state, &[]));
        state = state.with_part(part);
    }
    Arc::new(state)
}

/// What the server itself keeps for a tenant.
fn begun(config: &Config, tenant: &TenantConfig, log_sink: Arc<dyn LogSink>) -> TenantState {
    let state = TenantState::new(tenant.id.clone(), tenant.index)
        .with(Arc::new(LogTenant { log_sink }))
        .with(Arc::new(Ledger::default()))
        .with(Arc::new(tenant.networks.clone()));
    // A tenant that is alone has nobody to share with.
    if config.tenants.len() == 1 {
        return state;
    }
    let per_second = Duration::from_millis(tenant.quota.run_ms_per_second_max.into());
    let share = RunTime::new(per_second, Instant::now());
    state.with(Arc::new(share))
}

fn new_tenant<'a>(
    config: &Config,
    tenant: &'a TenantConfig,
    state: &'a TenantState,
    earlier: &'a [Arc<TenantState>],
) -> NewTenant<'a> {
    NewTenant {
        id: &tenant.id,
        index: tenant.index,
        quota: &tenant.quota,
        state,
        earlier,
        limit: config.server.tenant_start,
        clock: now_us,
    }
}

/// Closes what modules keep open for all tenants, side by side: one that hangs does not keep the
/// others from their last write. To be called when no run is left.
pub(crate) async fn close(tenants: Vec<Arc<TenantState>>) {
    let mut closing = JoinSet::new();
    for module in tenants.iter().flat_map(|tenant| tenant.modules()) {
        if let Some(work) = Arc::clone(module).close() {
            closing.spawn(work);
        }
    }
    closing.join_all().await;
}
