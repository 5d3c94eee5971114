//! The start of the tenants: each by itself, so that none decides about the others.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::{Duration, Instant};

use evroute_module_api::Start;
use evroute_module_core::Core;
use evroute_tenant::TenantIndex;
use tokio::sync::Semaphore;
use tokio::task::{Id, JoinError, JoinSet};
use tokio::time::{timeout, timeout_at};

use crate::background::Background;
use crate::deploys::Deploys;
use crate::handlers::Handlers;
use crate::loader::{LoadedHandler, Loader};
use crate::tenants::Tenant;
use crate::{Config, Shutdown, StartError, TenantStarts};

/// The fewest tenants whose handlers are compiled at the same time: one whose components take long
/// holds up no other.
const TURNS_MIN: usize = 2;

/// What the tenants' starts need, and what they come to.
pub(crate) struct Starting {
    config: Arc<Config>,
    handlers: Arc<Handlers>,
    background: Background,
    core: Arc<Core>,
    starts: Arc<TenantStarts>,
    shutdown: Shutdown,
    work: JoinSet<Result<Step, StartError>>,
    /// Whose start each task is.
    tasks: HashMap<Id, TenantIndex>,
    /// Tenants whose handlers are ready, and for how long their start may still go on.
    prepared: Vec<(TenantIndex, Duration)>,
    /// Why the first tenant that did not start did not.
    first_disabled: Option<StartError>,
}

/// A part of a tenant's start that is over.
enum Step {
    /// Its handlers are ready; this much of its time is left.
    Prepared(Vec<LoadedHandler>, Duration),
    /// What its modules ask was answered: it can be served.
    Initialised,
}

/// What a start is made of.
pub(crate) struct StartingParts {
    pub(crate) config: Arc<Config>,
    pub(crate) handlers: Arc<Handlers>,
    pub(crate) deploys: Arc<Deploys>,
    pub(crate) background: Background,
    pub(crate) core: Arc<Core>,
    pub(crate) starts: Arc<TenantStarts>,
    pub(crate) shutdown: Shutdown,
}

impl Starting {
    /// Begins to start all tenants. Until one has started, its requests are answered 503.
    pub(crate) fn begin(parts: StartingParts, tenants: &[Tenant], loader: &Arc<Loader>) -> Self {
        let StartingParts {
            config,
            handlers,
            deploys,
            background,
            core,
            starts,
            shutdown,
        } = parts;
        let mut starting = Self {
            config,
            handlers,
            background,
            core,
            starts,
            shutdown,
            work: JoinSet::new(),
            tasks: HashMap::new(),
            prepared: Vec::new(),
            first_disabled: None,
        };
        let turns = starting.config.server.workers.get().max(TURNS_MIN);
        let turns = Arc::new(Semaphore::new(turns));
        for tenant in tenants {
            let index = tenant.state.index;
            starting.core.disable_tenant(index);
            if let Some(why) = &tenant.unopened {
                let tenant = tenant.id.to_string();
                let why = why.clone();
                starting.disable_tenant(index, StartError::Tenant { tenant, why });
                continue;
            }
            let (loader, state) = (Arc::clone(loader), Arc::clone(&tenant.state));
            let (config, turns) = (Arc::clone(&starting.config), Arc::clone(&turns));
            let restore = {
                let (deploys, handlers) = (Arc::clone(&deploys), Arc::clone(&starting.handlers));
                move || match handlers.tenant(index) {
                    Some(tenant) => deploys.restore(&tenant),
                    None => Ok(()),
                }
            };
            starting.spawn(index, async move {
                // Never closed.
                let _turn = turns.acquire().await.ok();
                prepare(config, index, loader, state, restore).await
            });
        }
        starting
    }

    fn spawn(
        &mut self,
        tenant: TenantIndex,
        part: impl Future<Output = Result<Step, StartError>> + Send + 'static,
    ) {
        let task = self.work.spawn(part);
        self.tasks.insert(task.id(), tenant);
    }

    /// Waits until the first tenant is served.
    ///
    /// The error is the first tenant's when none of them starts: there is nobody to serve.
    pub(crate) async fn until_served(&mut self) -> Result<(), StartError> {
        loop {
            let ended = self.starts.starting() + self.starts.disabled();
            if ended < self.config.tenants.len() {
                return Ok(());
            }
            if !self.step().await {
                let first = self.first_disabled.take();
                let nobody = || StartError::Fault("there is no tenant to serve".to_owned());
                return Err(first.unwrap_or_else(nobody));
            }
        }
    }

    /// Goes on until every tenant is served or disabled, or for so long.
    pub(crate) async fn settle(&mut self, most: Duration) {
        // What is not over then goes on.
        let _ = timeout(most, async { while self.step().await {} }).await;
    }

    /// Goes on until every tenant is served or disabled.
    pub(crate) async fn finish(mut self) {
        while self.step().await {}
    }

    /// What is in force, for the status page.
    pub(crate) fn handlers(&self) -> &Arc<Handlers> {
        &self.handlers
    }

    /// Waits for the next part of any tenant's start. False when there is none left. Loses nothing
    /// when it is dropped.
    async fn step(&mut self) -> bool {
        let Some(ended) = self.work.join_next_with_id().await else {
            return false;
        };
        self.ended(ended);
        while let Some(ended) = self.work.try_join_next_with_id() {
            self.ended(ended);
        }
        for (index, left) in std::mem::take(&mut self.prepared) {
            let (questions, config) = (self.background.questions(index), Arc::clone(&self.config));
            self.spawn(index, async move {
                initialise(&config, index, questions, left).await
            });
        }
        true
    }

    fn ended(&mut self, ended: Result<(Id, Result<Step, StartError>), JoinError>) {
        let (id, step) = match ended {
            Ok((id, step)) => (id, step),
            Err(broken) => {
                let why = format!("a tenant's start broke: {broken}");
                (broken.id(), Err(StartError::Fault(why)))
            }
        };
        let Some(index) = self.tasks.remove(&id) else {
            return;
        };
        match step {
            Ok(Step::Prepared(ready, left)) => {
                let ready = ready.into_iter();
                let ready = ready.map(|(config, loaded)| self.handlers.ready(config, loaded));
                self.handlers.set_configured(index, ready.collect());
                self.prepared.push((index, left));
            }
            Ok(Step::Initialised) => self.serve(index),
            Err(why) => self.disable_tenant(index, why),
        }
    }

    fn serve(&mut self, tenant: TenantIndex) {
        self.background.start(tenant, &self.shutdown);
        self.starts.end(tenant, true);
        self.core.serve(tenant);
    }

    /// A tenant that does not start is not served by halves: none of its handlers is asked, and
    /// what a missing one would have decided is not decided without it.
    fn disable_tenant(&mut self, tenant: TenantIndex, why: StartError) {
        self.starts.end(tenant, false);
        self.core.disable_tenant(tenant);
        self.handlers.disable_tenant(tenant);
        // Of the only tenant it is said by whoever ends the server.
        if self.config.tenants.len() > 1 {
            self.log_disabled(tenant, &why);
        }
        self.first_disabled.get_or_insert(why);
    }

    fn log_disabled(&self, tenant: TenantIndex, why: &StartError) {
        let id = self.config.tenants.get(tenant.position());
        let id = id.map_or("", |tenant| tenant.id.as_str());
        let handler = match why {
            StartError::Handler { handler, .. } => Some(handler.as_str()),
            StartError::Listen(_)
            | StartError::Bind { .. }
            | StartError::DataDir { .. }
            | StartError::Deploys { .. }
            | StartError::NoHandlerOf(_)
            | StartError::Tenant { .. }
            | StartError::Fault(_) => None,
        };
        tracing::error!(
            tenant = id,
            handler,
            "the tenant does not start: its requests are answered 503 until a restart; the other \
             tenants are served: {why}"
        );
    }
}

/// Makes a tenant's handlers ready, those of its configuration and those that were deployed, on a
/// thread that may be busy for as long as it takes.
async fn prepare(
    config: Arc<Config>,
    index: TenantIndex,
    loader: Arc<Loader>,
    state: Arc<evroute_module_api::TenantState>,
    restore: impl FnOnce() -> Result<(), StartError> + Send + 'static,
) -> Result<Step, StartError> {
    let (begun, limit) = (Instant::now(), config.server.tenant_start);
    let of_all = Arc::clone(&config);
    let work = tokio::task::spawn_blocking(move || {
        let tenant = of_all.tenants.get(index.position());
        let until = begun + limit;
        let ready = tenant.map_or(Ok(Vec::new()), |tenant| {
            loader.tenant(tenant, &state, until)
        })?;
        restore().map(|()| ready)
    });
    match timeout(limit, work).await {
        Ok(Ok(ready)) => Ok(Step::Prepared(
            ready?,
            limit.saturating_sub(begun.elapsed()),
        )),
        Ok(Err(broken)) => Err(StartError::Fault(format!("compiling broke: {broken}"))),
        Err(_) => Err(late(&config, index, "making its handlers ready")),
    }
}

/// What the modules of one tenant ask before any other event of it.
async fn initialise(
    config: &Config,
    index: TenantIndex,
    questions: Vec<Start>,
    left: Duration,
) -> Result<Step, StartError> {
    let until = tokio::time::Instant::now() + left;
    for Start { what, asked } in questions {
        match timeout_at(until, asked).await {
            Ok(Ok(())) => {}
            Ok(Err(why)) => return Err(of_tenant(config, index, why)),
            Err(_) => return Err(late(config, index, what)),
        }
    }
    Ok(Step::Initialised)
}

fn late(config: &Config, index: TenantIndex, what: &str) -> StartError {
    let limit = config.server.tenant_start.as_secs();
    let why = format!(
        "{what} was not over after {limit} s, which tenant_start_seconds_max in [server] sets"
    );
    of_tenant(config, index, why)
}

fn of_tenant(config: &Config, index: TenantIndex, why: String) -> StartError {
    let tenant = config.tenants.get(index.position());
    let tenant = tenant.map_or(String::new(), |tenant| tenant.id.to_string());
    StartError::Tenant { tenant, why }
}
