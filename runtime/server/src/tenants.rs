//! What modules keep for each tenant, from its configuration.

use std::any::Any;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::time::{Duration, Instant};

use evroute_certificates::TlsTables;
use evroute_clock::now_us;
use evroute_journal::Journal;
use evroute_module_api::{
    LogSink, LogTenant, ModuleConfig, NewTenant, OpenFault, TenantPart, TenantState,
};
use evroute_tenant::{Ledger, OutgoingRate, RunTime};
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;

use crate::descriptors::{Descriptors, ReservedDescriptors};
use crate::usage::Usage;
use crate::{Config, Log, StartError, TenantConfig};

/// What one tenant is opened in.
pub(crate) struct OpenScope<'a> {
    pub(crate) config: &'a Config,
    pub(crate) log: &'a Log,
    /// What tenants used before.
    pub(crate) usage: &'a Usage,
    /// Where modules keep what outlives the server.
    pub(crate) journal: &'a Arc<Journal>,
    /// What TLS is spoken with.
    pub(crate) tls: &'a Arc<TlsTables>,
    /// What of the process's file descriptors is whose.
    pub(crate) descriptors: &'a Arc<Descriptors>,
    /// Set as long as the server has one tenant.
    pub(crate) is_alone: &'a Arc<AtomicBool>,
    /// Cancelled when the server begins to drain.
    pub(crate) draining: &'a CancellationToken,
    /// The other tenants that there are.
    pub(crate) others: &'a [Arc<TenantState>],
}

/// A tenant of which everything is open that runs need.
pub(crate) struct OpenedTenant {
    pub(crate) state: Arc<TenantState>,
    pub(crate) parts: Vec<LivePart>,
    /// Why something that it needs cannot be used; the tenant does not start then.
    pub(crate) unopened: Option<String>,
}

/// What one module keeps for a tenant, from its opening to its end.
#[derive(Clone)]
pub(crate) struct LivePart {
    pub(crate) part: Arc<dyn TenantPart>,
    /// Cancelled when it ends, with the tenant or before.
    pub(crate) draining: CancellationToken,
    /// What it may have open.
    pub(crate) _descriptors: Option<Arc<ReservedDescriptors>>,
    /// Whether it was opened by this configuration, and not kept from the one before.
    pub(crate) is_new: bool,
}

/// What a tenant was before its configuration changed.
pub(crate) struct Before<'a> {
    pub(crate) config: &'a TenantConfig,
    pub(crate) state: &'a TenantState,
    pub(crate) parts: &'a [LivePart],
}

impl Before<'_> {
    /// What a module keeps, whatever it was told.
    fn part(&self, module: &dyn ModuleConfig) -> Option<&LivePart> {
        let is_it = |own: &&dyn ModuleConfig| {
            (*own as &dyn Any).type_id() == (module as &dyn Any).type_id()
        };
        let place = self.config.modules.all().position(|own| is_it(&own))?;
        self.parts.get(place)
    }

    /// What a module keeps already, when it was told the same.
    fn kept(&self, module: &dyn ModuleConfig) -> Option<LivePart> {
        let kept = self.part(module)?.clone();
        self.config.has_same(module).then_some(LivePart {
            is_new: false,
            ..kept
        })
    }
}

/// Opens a tenant, in the order of the modules. What was kept for it before and was told the same
/// is kept.
pub(crate) async fn open(
    scope: &OpenScope<'_>,
    tenant: &TenantConfig,
    before: Option<Before<'_>>,
) -> Result<OpenedTenant, StartError> {
    let mut unopened = None;
    let mut state = begun(scope, tenant, before.as_ref());
    let mut parts = Vec::new();
    for module in tenant.modules.all() {
        let kept = before.as_ref().and_then(|before| before.kept(module));
        let live = match kept {
            Some(kept) => kept,
            None => {
                let part = before.as_ref().and_then(|before| before.part(module));
                let new = NewTenant {
                    before: part.map(|kept| &kept.part),
                    ..new_tenant(scope.config, tenant, &state, scope.others)
                };
                let reserved = scope.descriptors.reserve(module.descriptors_max());
                let part = match &reserved {
                    Ok(_) => module.open(&new).await,
                    Err(short) => Err(OpenFault::Tenant(short.to_string())),
                };
                let part = match part {
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
                LivePart {
                    part,
                    draining: scope.draining.child_token(),
                    _descriptors: reserved.ok(),
                    is_new: true,
                }
            }
        };
        state = state.with_part(Arc::clone(&live.part));
        parts.push(live);
    }
    Ok(OpenedTenant {
        state: Arc::new(state),
        parts,
        unopened,
    })
}

/// A tenant of which nothing outside is open. Its handlers can be tried, but not run.
pub(crate) fn unopened(
    config: &Config,
    tenant: &TenantConfig,
    log_sink: &Arc<dyn LogSink>,
) -> Arc<TenantState> {
    let log_sink = Arc::clone(log_sink);
    // In no cell: what looks a configuration over has no runners.
    let mut state = TenantState::new(tenant.id.clone(), tenant.index)
        .with(Arc::new(LogTenant { log_sink }))
        .with(Arc::new(Ledger::default()))
        .with(Arc::new(tenant.networks.clone()));
    for module in tenant.modules.all() {
        let part = module.keep(&new_tenant(config, tenant, &state, &[]));
        state = state.with_part(part);
    }
    Arc::new(state)
}

/// What the server itself keeps for a tenant.
fn begun(scope: &OpenScope<'_>, tenant: &TenantConfig, before: Option<&Before<'_>>) -> TenantState {
    let quota = &tenant.quota;
    let log = before.and_then(|before| {
        let is_same =
            before.config.quota.log_bytes_per_second_max == quota.log_bytes_per_second_max;
        before.state.share::<LogTenant>().filter(|_| is_same)
    });
    let log = log.unwrap_or_else(|| {
        let name = tenant.id.as_str();
        let log_sink = scope.log.log_sink(name, quota.log_bytes_per_second_max);
        Arc::new(LogTenant { log_sink })
    });
    // What modules charge stays the same share, whatever it brings.
    let share = before.and_then(|before| before.state.share::<RunTime>());
    let share = share.unwrap_or_else(|| {
        let share = RunTime::new(run_time_per_second(tenant), Instant::now());
        Arc::new(share.unless_alone(scope.is_alone))
    });
    let ledger = before.and_then(|before| before.state.share::<Ledger>());
    // It goes on from what was used before a restart.
    let ledger = ledger.unwrap_or_else(|| Arc::new(scope.usage.ledger(tenant.id.as_str())));
    let state = TenantState::new(tenant.id.clone(), tenant.index)
        .with(log)
        .with(outgoing(tenant, before, &ledger))
        .with(ledger)
        .with(Arc::new(tenant.networks.clone()))
        .with(Arc::clone(scope.tls))
        .with(Arc::clone(scope.journal))
        .with(share);
    match &tenant.cell {
        Some(cell) => state.with(Arc::new(cell.clone())),
        None => state,
    }
}

/// How many requests may leave for a tenant; full buckets where that is another number than before.
fn outgoing(
    tenant: &TenantConfig,
    before: Option<&Before<'_>>,
    ledger: &Arc<Ledger>,
) -> Arc<OutgoingRate> {
    let per_second = tenant.quota.outgoing_requests_per_second_max;
    let kept = before.and_then(|before| {
        let is_same = before.config.quota.outgoing_requests_per_second_max == per_second;
        before.state.share::<OutgoingRate>().filter(|_| is_same)
    });
    let new = || OutgoingRate::new(per_second, Instant::now(), Arc::clone(ledger));
    kept.unwrap_or_else(|| Arc::new(new()))
}

/// How much run time a second brings a tenant.
pub(crate) fn run_time_per_second(tenant: &TenantConfig) -> Duration {
    Duration::from_millis(tenant.quota.run_ms_per_second_max.into())
}

fn new_tenant<'a>(
    config: &Config,
    tenant: &'a TenantConfig,
    state: &'a TenantState,
    others: &'a [Arc<TenantState>],
) -> NewTenant<'a> {
    NewTenant {
        id: &tenant.id,
        index: tenant.index,
        quota: &tenant.quota,
        state,
        others,
        before: None,
        limit: config.server.tenant_start,
        clock: now_us,
    }
}

/// Closes what modules keep open, side by side: one that hangs does not keep the others from their
/// last write. To be called when no run is left.
pub(crate) async fn close(parts: impl IntoIterator<Item = Arc<dyn TenantPart>>) {
    let mut closing = JoinSet::new();
    for part in parts {
        if let Some(work) = part.close() {
            closing.spawn(work);
        }
    }
    closing.join_all().await;
}
