//! From the configured handlers to the subscriptions of the dispatcher.

use std::path::Path;
use std::sync::Arc;

use evroute_dispatch::{Admission, Dispatcher, Filter, Snapshot};
use evroute_module_api::{HandlerFacts, TenantState, Variables};
use evroute_sandbox::{Handler, Sandbox};
use evroute_tenant::Revision;

use crate::tenants::Tenant;
use crate::{Config, HandlerConfig, HandlerStatus, StartError, TenantConfig};

/// How many events of one tenant may wait for the async lane, for each run that is in it.
pub(crate) const WAITING_PER_RUN: usize = 16;

/// Handlers that are ready, and who listens to what.
pub(crate) struct Prepared {
    pub(crate) snapshot: Snapshot,
    pub(crate) status: Vec<HandlerStatus>,
    /// By tenant.
    pub(crate) admissions: Vec<Arc<Admission>>,
}

/// Compiles and links every handler of every tenant.
///
/// The error names the tenant, the handler and what to change.
pub(crate) fn prepare(
    config: &Config,
    tenants: &[Tenant],
    sandbox: &Arc<Sandbox>,
    dispatcher: &Dispatcher,
) -> Result<Prepared, StartError> {
    let variables = Arc::new(crate::modules::variables());
    let mut prepared = Prepared {
        snapshot: Snapshot::new(),
        status: Vec::new(),
        admissions: Vec::new(),
    };
    for (tenant, state) in config.tenants.iter().zip(tenants) {
        let running = usize::try_from(tenant.quota.runs_concurrent_max).unwrap_or(usize::MAX);
        let admission = Admission::new(running, running.saturating_mul(WAITING_PER_RUN));
        let admission = Arc::new(admission);
        prepared.admissions.push(Arc::clone(&admission));
        prepared.snapshot = prepared.snapshot.with_tenant(tenant.index, admission);
        for handler in &tenant.handlers {
            let ready = load(tenant, handler, &state.state, &variables, sandbox)?;
            handled(handler, &events(&ready, sandbox)).map_err(|why| StartError::Handler {
                tenant: tenant.id.to_string(),
                handler: handler.id.to_string(),
                why,
            })?;
            tracing::info!(
                tenant = tenant.id.as_str(),
                handler = handler.id.as_str(),
                lane = ?ready.lane(),
                "handler ready: {}",
                events(&ready, sandbox).join(", ")
            );
            prepared.status.push(HandlerStatus {
                tenant: tenant.id.to_string(),
                name: handler.id.to_string(),
                revision: Revision::FIRST.number(),
                events: events(&ready, sandbox),
            });
            let filter = filter(handler, dispatcher);
            let snapshot = prepared
                .snapshot
                .with_handler(&ready, handler.fail_policy, &filter);
            prepared.snapshot = snapshot;
        }
    }
    Ok(prepared)
}

fn load(
    tenant: &TenantConfig,
    handler: &HandlerConfig,
    state: &Arc<TenantState>,
    variables: &Arc<Variables>,
    sandbox: &Arc<Sandbox>,
) -> Result<Arc<Handler>, StartError> {
    let refused = |why: String| StartError::Handler {
        tenant: tenant.id.to_string(),
        handler: handler.id.to_string(),
        why: format!("{}: {why}", handler.component.display()),
    };
    let component = read(&handler.component).map_err(refused)?;
    let facts = HandlerFacts {
        handler: handler.id.clone(),
        revision: Revision::FIRST,
        grants: handler.grants.clone(),
        limits: handler.limits,
        tenant: Arc::clone(state),
        variables: Arc::clone(variables),
    };
    let ready = Handler::prepare(sandbox, &component, Arc::new(facts));
    ready
        .map(Arc::new)
        .map_err(|refusal| refused(refusal.to_string()))
}

/// The largest component that is looked at, in octets.
const COMPONENT_BYTES_MAX: u64 = 64 << 20;

/// Reads a component.
///
/// The error is one sentence.
pub(crate) fn read(path: &Path) -> Result<Vec<u8>, String> {
    let size = std::fs::metadata(path)
        .map_err(|error| format!("it cannot be read: {error}"))?
        .len();
    if size > COMPONENT_BYTES_MAX {
        return Err(format!(
            "it has {size} octets, more than {COMPONENT_BYTES_MAX}"
        ));
    }
    std::fs::read(path).map_err(|error| format!("it cannot be read: {error}"))
}

fn events(handler: &Handler, sandbox: &Sandbox) -> Vec<String> {
    let glue = |position: usize| sandbox.glues().get(position);
    handler
        .exports()
        .iter()
        .filter_map(|export| glue(export.event.position()))
        .map(|glue| glue.name().to_string())
        .collect()
}

/// Whether each filter is of an event that the component handles.
///
/// # Errors
/// One sentence that names the filter.
pub fn handled(handler: &HandlerConfig, events: &[String]) -> Result<(), String> {
    let idle = handler
        .filters
        .iter()
        .find(|filter| !events.iter().any(|event| event == filter.event));
    match idle {
        None => Ok(()),
        Some(filter) => Err(format!(
            "on = [\"{}:{}\"] filters an event that this component does not handle; it handles {}",
            filter.event,
            filter.filter,
            events.join(", ")
        )),
    }
}

fn filter(handler: &HandlerConfig, dispatcher: &Dispatcher) -> Filter {
    let only = handler.filters.iter();
    let only =
        only.filter_map(|wanted| Some((dispatcher.find(wanted.event)?, wanted.filter.clone())));
    Filter::new(only.collect())
}
