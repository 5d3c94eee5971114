//! The handlers of a running server: from the configuration to the subscriptions of the dispatcher,
//! and from one revision to the next.

use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

use arc_swap::ArcSwap;
use evroute_dispatch::{Admission, CpuBudget, Dispatcher, Filter, Snapshot};
use evroute_event::EventIndex;
use evroute_module_api::TenantState;
use evroute_sandbox::Handler;
use evroute_tenant::{Revision, RunTime, TenantIndex};
use tokio::sync::Semaphore;

use crate::loader::Loader;
use crate::tenants::Tenant;
use crate::{Config, HandlerConfig, HandlerStatus, StartError, TenantConfig};

/// How many events of one tenant may wait for the async lane, for each run that is in it.
pub(crate) const WAITING_PER_RUN: usize = 16;

/// Handlers that are ready, and what it takes to make the next revision of one.
pub(crate) struct Handlers {
    config: Arc<Config>,
    loader: Arc<Loader>,
    dispatcher: Arc<Dispatcher>,
    tenants: Vec<TenantHandlers>,
    status: Arc<ArcSwap<Vec<HandlerStatus>>>,
}

/// Those of one tenant, in the order of the configuration.
struct TenantHandlers {
    state: Arc<TenantState>,
    admission: Arc<Admission>,
    /// None as long as the tenant has not come so far, and when it did not start.
    ready: Vec<Arc<Handler>>,
}

/// What became of a component that replaced another.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Replaced {
    /// The revision that is in force now; the highest, where several handlers are of this
    /// component.
    pub revision: u32,
    /// The events that it handles.
    pub events: Vec<String>,
    /// How long it took to compile, link and probe it, beside the running server.
    pub prepare: Duration,
    /// How long it took to put it in force.
    pub swap: Duration,
}

impl Handlers {
    /// Of these tenants. No handler is ready yet.
    pub(crate) fn new(
        config: &Arc<Config>,
        tenants: &[Tenant],
        loader: &Arc<Loader>,
        dispatcher: &Arc<Dispatcher>,
    ) -> Self {
        let throttled = Arc::new(Semaphore::new(throttle_permits(config)));
        let tenants = config.tenants.iter().zip(tenants);
        let tenants = tenants.map(|(tenant, state)| TenantHandlers {
            state: Arc::clone(&state.state),
            admission: Arc::new(admission(tenant, &state.state, &throttled)),
            ready: Vec::new(),
        });
        let handlers = Self {
            config: Arc::clone(config),
            loader: Arc::clone(loader),
            dispatcher: Arc::clone(dispatcher),
            tenants: tenants.collect(),
            status: Arc::default(),
        };
        handlers.put_in_force();
        handlers
    }

    /// Takes a tenant's handlers, which are put in force the next time.
    pub(crate) fn ready(&mut self, tenant: TenantIndex, ready: Vec<Arc<Handler>>) {
        if let Some(handlers) = self.tenants.get_mut(tenant.position()) {
            handlers.ready = ready;
        }
    }

    /// Takes the handlers of a tenant that does not start out of force, until a restart.
    pub(crate) fn disable_tenant(&mut self, tenant: TenantIndex) {
        self.ready(tenant, Vec::new());
        self.put_in_force();
    }

    /// The async lanes, by tenant.
    pub(crate) fn admissions(&self) -> Vec<Arc<Admission>> {
        let tenants = self.tenants.iter();
        tenants
            .map(|tenant| Arc::clone(&tenant.admission))
            .collect()
    }

    /// Logs how much had to be compiled since the process started.
    pub(crate) fn log_compiled(&self) {
        self.loader.log_compiled();
    }

    /// What is in force, for the status page: changes with it.
    pub(crate) fn status(&self) -> Arc<ArcSwap<Vec<HandlerStatus>>> {
        Arc::clone(&self.status)
    }

    /// Puts what is ready in force, at once and all together. Runs in flight end on the revision
    /// they began with, and the last of them frees it.
    pub(crate) fn put_in_force(&self) {
        let mut snapshot = Snapshot::new();
        let mut status = Vec::new();
        for (tenant, handlers) in self.config.tenants.iter().zip(&self.tenants) {
            snapshot = snapshot.with_tenant(tenant.index, Arc::clone(&handlers.admission));
            for (handler, ready) in tenant.handlers.iter().zip(&handlers.ready) {
                let filter = filter(handler, &ready.declared().events, &self.dispatcher);
                snapshot = snapshot.with_handler(ready, handler.fail_policy, &filter);
                status.push(HandlerStatus {
                    tenant: tenant.id.to_string(),
                    name: handler.id.to_string(),
                    revision: ready.handler_context().revision.number(),
                    events: self.loader.events(ready),
                });
            }
        }
        self.dispatcher.swap(snapshot);
        self.status.store(Arc::new(status));
    }

    /// Reads a component again and replaces what its handlers were made of. Compiles for as long as
    /// it takes, so not to be called where events run. After an error everything is as it was.
    ///
    /// `htable:mod-init` is not raised again: tables are ready once.
    pub(crate) fn replace(&mut self, component: &Path) -> Result<Replaced, StartError> {
        let begun = Instant::now();
        let config = Arc::clone(&self.config);
        let mut next = Vec::new();
        for (place, (tenant, handlers)) in config.tenants.iter().zip(&self.tenants).enumerate() {
            for (row, (handler, ready)) in tenant.handlers.iter().zip(&handlers.ready).enumerate() {
                if !is_same(&handler.component, component) {
                    continue;
                }
                let revision = ready
                    .handler_context()
                    .revision
                    .next()
                    .unwrap_or(Revision::FIRST);
                next.push((
                    place,
                    row,
                    self.loader
                        .handler(tenant, handler, &handlers.state, revision)?,
                ));
            }
        }
        let prepare = begun.elapsed();
        let mut replaced = Replaced {
            revision: 0,
            events: Vec::new(),
            prepare,
            swap: Duration::ZERO,
        };
        for (place, row, one) in next {
            replaced.revision = replaced
                .revision
                .max(one.handler_context().revision.number());
            replaced.events = self.loader.events(&one);
            let slot = self
                .tenants
                .get_mut(place)
                .and_then(|tenant| tenant.ready.get_mut(row));
            if let Some(slot) = slot {
                *slot = one;
            }
        }
        if replaced.revision == 0 {
            return Err(StartError::NoHandlerOf(component.to_owned()));
        }
        let begun = Instant::now();
        self.put_in_force();
        replaced.swap = begun.elapsed();
        Ok(replaced)
    }
}

/// How many runs of tenants that are over their share are at work at the same time: one core is
/// left to the others, since what wakes up on a busy one waits for some milliseconds.
pub(crate) fn throttle_permits(config: &Config) -> usize {
    config.server.workers.get().saturating_sub(1).max(1)
}

/// What one tenant's runs may take. `throttled` are the permits of all tenants that are over their
/// budget; a tenant without a [`RunTime`] is alone and has nobody to share with.
fn admission(tenant: &TenantConfig, state: &TenantState, throttled: &Arc<Semaphore>) -> Admission {
    let running = usize::try_from(tenant.quota.runs_concurrent_max).unwrap_or(usize::MAX);
    let admission = Admission::new(running, running.saturating_mul(WAITING_PER_RUN));
    match state.share::<RunTime>() {
        Some(time) => admission.with_budget(CpuBudget::new(tenant.id.as_str(), time, throttled)),
        None => admission,
    }
}

/// Whether two paths lead to one file.
fn is_same(one: &Path, other: &Path) -> bool {
    match (one.canonicalize(), other.canonicalize()) {
        (Ok(one), Ok(other)) => one == other,
        (Err(_), _) | (_, Err(_)) => one == other,
    }
}

/// The third segments that a handler wants: those of the configuration, and of an event that it
/// does not name those that the component says it has blocks for.
fn filter(handler: &HandlerConfig, declared: &[String], dispatcher: &Dispatcher) -> Filter {
    let written = handler.filters.iter();
    let mut only: Vec<_> = written
        .filter_map(|wanted| Some((dispatcher.find(wanted.event)?, wanted.filter.clone())))
        .collect();
    let names: Vec<_> = declared
        .iter()
        .filter_map(|name| segment(name, dispatcher))
        .collect();
    for (event, third) in &names {
        let is_written = handler
            .filters
            .iter()
            .any(|wanted| dispatcher.find(wanted.event) == Some(*event));
        // A block for every third segment takes the others' too.
        let is_open = names
            .iter()
            .any(|(other, third)| other == event && third.is_empty());
        if !is_written && !is_open {
            only.push((*event, third.clone()));
        }
    }
    Filter::new(only)
}

/// An event by its full name, and the third segment in it; empty where it has none.
fn segment(name: &str, dispatcher: &Dispatcher) -> Option<(EventIndex, String)> {
    if let Some(event) = dispatcher.find(name) {
        return Some((event, String::new()));
    }
    let mut colons = name.match_indices(':').map(|(at, _)| at);
    colons.find_map(|at| {
        let (event, third) = (name.get(..at)?, name.get(at + 1..)?);
        Some((dispatcher.find(event)?, third.to_owned()))
    })
}
