//! The handlers of a running server: from the configuration to the subscriptions of the dispatcher,
//! and from one revision to the next. Each tenant's by themselves.

use std::fmt;
use std::path::Path;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use evroute_dispatch::{
    Admission, CpuBudget, Dispatcher, FairShare, LiveRevision, RevisionConfig, Revisions,
    ShareWeight, TenantSubscriptions,
};
use evroute_module_api::TenantState;
use evroute_sandbox::Handler;
use evroute_tenant::{EventRates, Ledger, Revision, RunTime, TenantIndex, TenantSlots};

use crate::event_filter::subscription_filter;
use crate::loader::Loader;
use crate::{Config, HandlerConfig, HandlerStatus, StartError, TenantConfig};

/// How many events of one tenant may wait for the async lane, for each run that is in it.
pub(crate) const WAITING_PER_RUN: usize = 16;

/// The handlers of all tenants, and what it takes to make the next revision of one. Shared by
/// whoever starts, replaces or deploys; each change is of one tenant and disturbs no other.
pub(crate) struct Handlers {
    loader: Arc<Loader>,
    dispatcher: Arc<Dispatcher>,
    /// The permits of all tenants that are over their budgets.
    throttled: Arc<FairShare>,
    tenants: TenantSlots<TenantHandlers>,
}

/// Those of one tenant.
pub(crate) struct TenantHandlers {
    pub(crate) config: Arc<TenantConfig>,
    pub(crate) state: Arc<TenantState>,
    pub(crate) admission: Arc<Admission>,
    /// Shared with what the tenant was before its configuration changed.
    in_force: Arc<Mutex<InForce>>,
}

/// The handlers that a tenant's events are brought to, in this order.
#[derive(Clone, Default)]
struct InForce {
    /// Those that its configuration names. None as long as the tenant has not come so far, and when
    /// it did not start.
    configured: Vec<ReadyHandler>,
    /// Those that were deployed while the server runs.
    deployed: Vec<ReadyHandler>,
}

/// A handler that is ready to run, and what the operator or the deploy says of it.
#[derive(Clone)]
pub(crate) struct ReadyHandler {
    pub(crate) config: HandlerConfig,
    /// Kept as long as they are in force: what became of their runs is counted in them.
    pub(crate) revisions: Revisions,
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
    /// Of no tenant yet.
    pub(crate) fn new(
        config: &Config,
        loader: &Arc<Loader>,
        dispatcher: &Arc<Dispatcher>,
    ) -> Arc<Self> {
        Arc::new(Self {
            loader: Arc::clone(loader),
            dispatcher: Arc::clone(dispatcher),
            throttled: FairShare::new(throttle_permits(config)),
            tenants: TenantSlots::new(),
        })
    }

    /// Takes in a tenant, or a changed configuration of one whose handlers stay. None of a new
    /// tenant's handlers is ready yet.
    pub(crate) fn admit(
        &self,
        config: &Arc<TenantConfig>,
        state: &Arc<TenantState>,
    ) -> Arc<TenantHandlers> {
        let known = self.tenants.get(state.index);
        let in_force = known.as_ref().map(|known| Arc::clone(&known.in_force));
        // What waits goes on waiting in the lane that it is in, as long as all that it was made of
        // is the same: its width, its share, its rates.
        let is_same = |known: &Arc<TenantHandlers>| known.config.quota == config.quota;
        let lane = known.filter(is_same);
        let lane = lane.map(|known| Arc::clone(&known.admission));
        let tenant = Arc::new(TenantHandlers {
            config: Arc::clone(config),
            state: Arc::clone(state),
            admission: lane.unwrap_or_else(|| Arc::new(admission(config, state, &self.throttled))),
            in_force: in_force.unwrap_or_default(),
        });
        self.tenants.put(state.index, Arc::clone(&tenant));
        self.change(state.index, |_| ());
        tenant
    }

    /// The tenant of this index; none when it is gone.
    pub(crate) fn tenant(&self, tenant: TenantIndex) -> Option<Arc<TenantHandlers>> {
        self.tenants.get(tenant)
    }

    /// Those that a tenant's configuration names, as they are in force.
    pub(crate) fn configured(&self, tenant: TenantIndex) -> Vec<ReadyHandler> {
        let tenant = self.tenants.get(tenant);
        tenant.map_or_else(Vec::new, |tenant| tenant.in_force().configured.clone())
    }

    /// All that a tenant's configuration names, made ready. Takes as long as compiling does; no
    /// handler is begun after `until`.
    pub(crate) fn load(
        &self,
        config: &TenantConfig,
        state: &Arc<TenantState>,
        until: Instant,
    ) -> Result<Vec<ReadyHandler>, StartError> {
        let ready = self.loader.tenant(config, state, until)?.into_iter();
        let ready = ready.map(|(config, handler)| self.ready(config, handler));
        Ok(ready.collect())
    }

    /// A revision of a handler, of which nothing has run yet.
    pub(crate) fn revision(
        &self,
        config: &HandlerConfig,
        handler: Arc<Handler>,
    ) -> Arc<LiveRevision> {
        let declared = &handler.declared().events;
        let filter = subscription_filter(config, declared, &self.dispatcher);
        let revision = RevisionConfig {
            fail_policy: config.fail_policy,
            filter,
            breaker: config.breaker,
            rates: config.rates,
        };
        self.dispatcher.revision(handler, revision)
    }

    /// The tenant of this name: its configuration, its state, and what is in force of it.
    pub(crate) fn find(&self, name: &str) -> Option<Arc<TenantHandlers>> {
        let mut all = self.tenants.all().into_iter();
        all.find_map(|(_, tenant)| (tenant.config.id.as_str() == name).then_some(tenant))
    }

    /// A handler of which one revision gets all events; nothing of it has run yet.
    pub(crate) fn ready(&self, config: HandlerConfig, handler: Arc<Handler>) -> ReadyHandler {
        ReadyHandler {
            revisions: Revisions::new(self.revision(&config, handler)),
            config,
        }
    }

    /// Puts the handlers that a tenant's configuration names in force, before those that were
    /// deployed. Without effect for a tenant that is gone.
    pub(crate) fn set_configured(&self, tenant: TenantIndex, ready: Vec<ReadyHandler>) {
        self.change(tenant, |in_force| in_force.configured = ready);
    }

    /// Puts the handlers that were deployed for a tenant in force, behind those that its
    /// configuration names, in place of those that were deployed before. Runs in flight end on the
    /// revision they began with, and the last of them frees it; no other tenant notices. Without
    /// effect for a tenant that is gone.
    pub(crate) fn set_deployed(&self, tenant: TenantIndex, ready: Vec<ReadyHandler>) {
        self.change(tenant, |in_force| in_force.deployed = ready);
    }

    /// Takes all handlers of a tenant out of force: it does not start.
    pub(crate) fn disable_tenant(&self, tenant: TenantIndex) {
        self.change(tenant, |in_force| *in_force = InForce::default());
    }

    /// Forgets a tenant that is gone. Runs in flight hold what they need.
    pub(crate) fn remove(&self, tenant: TenantIndex) {
        let Some(gone) = self.tenants.get(tenant) else {
            return;
        };
        // A deploy that is late finds nobody.
        let _in_force = gone.in_force();
        self.tenants.remove(tenant);
        self.dispatcher.withdraw(tenant);
    }

    /// What makes a component into a handler.
    pub(crate) fn loader(&self) -> &Arc<Loader> {
        &self.loader
    }

    /// The revisions in force of all handlers, with the names of tenant and handler.
    pub(crate) fn revisions(&self) -> Vec<(String, String, Revisions)> {
        let mut all = Vec::new();
        for (_, tenant) in self.tenants.all() {
            let in_force = tenant.in_force();
            all.extend(in_force.all().map(|one| {
                let (tenant, handler) = (tenant.config.id.to_string(), one.config.id.to_string());
                (tenant, handler, one.revisions.clone())
            }));
        }
        all
    }

    /// All tenants, in the order of their indices.
    pub(crate) fn all(&self) -> Vec<(TenantIndex, Arc<TenantHandlers>)> {
        self.tenants.all()
    }

    /// What is in force, for the status page.
    pub(crate) fn status(&self) -> Vec<HandlerStatus> {
        let tenants = self.tenants.all().into_iter();
        tenants
            .flat_map(|(tenant, _)| self.status_of(tenant))
            .collect()
    }

    /// What is in force of one tenant.
    pub(crate) fn status_of(&self, tenant: TenantIndex) -> Vec<HandlerStatus> {
        let Some(tenant) = self.tenants.get(tenant) else {
            return Vec::new();
        };
        let in_force = tenant.in_force();
        let status = in_force.all().map(|one| HandlerStatus {
            tenant: tenant.config.id.to_string(),
            name: one.config.id.to_string(),
            revision: one.revisions.active().number().number(),
            events: self.loader.events(one.revisions.active().handler()),
        });
        status.collect()
    }

    /// Changes what is in force of a tenant, and puts it in force. The list is held meanwhile: of
    /// two changes at the same time the later one stays.
    fn change(&self, tenant: TenantIndex, change: impl FnOnce(&mut InForce)) {
        let Some(known) = self.tenants.get(tenant) else {
            return;
        };
        let mut in_force = known.in_force();
        // It may have been changed or removed while somebody else held the list.
        let Some(tenant) = self.tenants.get(tenant) else {
            return;
        };
        change(&mut in_force);
        let mut subscriptions = TenantSubscriptions::new(Arc::clone(&tenant.admission))
            .with_recorder(tenant.state.recorder());
        for one in in_force.all() {
            subscriptions = subscriptions.with_handler(&one.revisions);
        }
        self.dispatcher
            .put_in_force(tenant.state.index, subscriptions);
    }

    /// Reads a component again and replaces what its handlers were made of. Compiles for as long as
    /// it takes, so not to be called where events run. After an error everything is as it was.
    ///
    /// `htable:mod-init` is not raised again: tables are ready once.
    pub(crate) fn replace(&self, component: &Path) -> Result<Replaced, StartError> {
        let begun = Instant::now();
        let mut next = Vec::new();
        for (_, tenant) in self.tenants.all() {
            let mut configured = tenant.in_force().configured.clone();
            let mut is_changed = false;
            for one in &mut configured {
                if is_same(&one.config.component, component) {
                    let revision = one.revisions.active().number().next();
                    let revision = revision.unwrap_or(Revision::FIRST);
                    let (config, state) = (&tenant.config, &tenant.state);
                    let next = self.loader.handler(config, &one.config, state, revision)?;
                    *one = self.ready(one.config.clone(), next);
                    is_changed = true;
                }
            }
            if is_changed {
                next.push((tenant, configured));
            }
        }
        let prepare = begun.elapsed();
        let all = next.iter().flat_map(|(_, configured)| configured);
        let of_it = all.filter(|one| is_same(&one.config.component, component));
        let newest = of_it.map(|one| one.revisions.active());
        let Some(newest) = newest.max_by_key(|one| one.number()).map(Arc::clone) else {
            return Err(StartError::NoHandlerOf(component.to_owned()));
        };
        let begun = Instant::now();
        for (tenant, configured) in next {
            self.set_configured(tenant.state.index, configured);
        }
        Ok(Replaced {
            revision: newest.number().number(),
            events: self.loader.events(newest.handler()),
            prepare,
            swap: begun.elapsed(),
        })
    }
}

impl fmt::Debug for Handlers {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Handlers").finish_non_exhaustive()
    }
}

impl TenantHandlers {
    /// A list is whole even if a writer panicked: it is set at once.
    fn in_force(&self) -> MutexGuard<'_, InForce> {
        self.in_force.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl InForce {
    fn all(&self) -> impl Iterator<Item = &ReadyHandler> {
        self.configured.iter().chain(&self.deployed)
    }
}

/// How many runs of tenants that are over their share are at work at the same time: one core is
/// left to the others, since what wakes up on a busy one waits for some milliseconds.
pub(crate) fn throttle_permits(config: &Config) -> usize {
    config.server.workers.get().saturating_sub(1).max(1)
}

/// What one tenant's runs may take. `throttled` are the permits of all tenants that are over their
/// budget.
fn admission(tenant: &TenantConfig, state: &TenantState, throttled: &Arc<FairShare>) -> Admission {
    let running = usize::try_from(tenant.quota.runs_concurrent_max).unwrap_or(usize::MAX);
    let weight = ShareWeight {
        weight: tenant.quota.share_weight,
        floor_per_second: Duration::from_millis(tenant.quota.run_ms_per_second_min.into()),
    };
    let rates = EventRates::new(tenant.quota.event_rates, Instant::now());
    let admission = Admission::new(running, running.saturating_mul(WAITING_PER_RUN))
        .with_ledger(state.share::<Ledger>().unwrap_or_default())
        .with_rates(rates);
    match state.share::<RunTime>() {
        Some(time) => {
            admission.with_budget(CpuBudget::new(tenant.id.as_str(), time, throttled, weight))
        }
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
