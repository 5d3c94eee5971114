//! A tenant with one handler, for one case.

use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};

use evroute_cell::{RunnerConfig, RunnerPool};
use evroute_event::{Cause, Outcome, Payload};
use evroute_module_api::{
    Capability, EventBinding, FixedSeed, GuestResult, HandlerContext, Lane, RunEnd, RunState,
    TenantState, Variables,
};
use evroute_module_custom::{CustomTenant, Queue, Queued};
use evroute_module_htable::HtableTenant;
use evroute_module_log::LogTenant;
use evroute_module_sip::SipTenant;
use evroute_proxy::OwnNames;
use evroute_sandbox::{
    CellName, Cells, CodeCache, Export, Handler, Run, Sandbox, SandboxConfig, Tapping, WasmDigest,
};
use evroute_server::MODULES;
use evroute_tenant::{Grants, Revision};
use tokio::sync::mpsc;
use wasmtime::Store;

use crate::captured::Captured;
use crate::case::{Case, Raised};
use crate::cell::Cell;
use crate::databases::Databases;
use crate::{Error, Recorded, Suite, tables};

/// A run may raise this many events: more than it may take actions by default.
const EVENTS_MAX: u32 = 1000;

/// Everything that a case needs and looks at.
pub(crate) struct Fixture {
    handler: Handler,
    export: Export,
    binding: Arc<dyn EventBinding>,
    pub(crate) tables: Arc<HtableTenant>,
    pub(crate) log: Arc<Captured>,
    pub(crate) databases: Databases,
    queue: Mutex<mpsc::Receiver<Queued>>,
}

/// The interfaces through which a run may change what a later one finds. `$sht` and `$shv` are
/// written through the second.
const WRITABLE: [&str; 4] = ["evroute:htable/", "evroute:pv/", "evroute:sql/", "wasi:"];

/// A sandbox with the events and capabilities of the server.
pub(crate) fn sandbox(code_cache: Option<&CodeCache>) -> Result<Arc<Sandbox>, Error> {
    let config = SandboxConfig {
        runs_concurrent_max: 8,
        code_cache: code_cache.cloned(),
        ..SandboxConfig::default()
    };
    sandbox_with(&config, &[])
}

/// The same, whose handlers run in runners of a cell.
pub(crate) fn sandbox_in_cell(program: PathBuf) -> Result<Arc<Sandbox>, Error> {
    let config = SandboxConfig {
        runs_concurrent_max: 8,
        ..SandboxConfig::default()
    };
    let pool = RunnerPool::new(RunnerConfig {
        program,
        arguments: vec!["__cell".to_owned()],
        memory_bytes_max: RUNNER_BYTES_MAX,
        runs_per_cell_max: 4,
        runners_max: 4,
        sandbox: config.clone(),
    })?;
    let cells = Some(Arc::new(pool) as Arc<dyn Cells>);
    sandbox_with(&SandboxConfig { cells, ..config }, &[])
}

/// The same, put together otherwise.
#[cfg(test)]
pub(crate) fn sandbox_of(config: &SandboxConfig) -> Result<Arc<Sandbox>, Error> {
    sandbox_with(config, &[])
}

/// The same, with more to import.
pub(crate) fn sandbox_with(
    config: &SandboxConfig,
    more: &[Capability],
) -> Result<Arc<Sandbox>, Error> {
    let bindings = MODULES.iter().flat_map(|module| module.events()).collect();
    let capabilities = MODULES
        .iter()
        .flat_map(|module| module.capabilities().to_vec());
    let capabilities = capabilities.chain(more.iter().copied());
    Ok(Sandbox::new(config, capabilities.collect(), bindings)?)
}

/// What a runner of cases may take: interpreters are among the components.
const RUNNER_BYTES_MAX: u64 = 1 << 30;

impl Fixture {
    /// Sets a case's stage with a new component.
    pub(crate) async fn new(
        sandbox: &Arc<Sandbox>,
        component: &[u8],
        suite: &Suite,
        case: &Case,
        recorded: &[Recorded],
    ) -> Result<Self, Error> {
        let databases = Databases::open(suite, case, recorded).await?;
        Self::set(suite, case, databases, sandbox, |handler_context| {
            Ok(Handler::prepare(sandbox, component, handler_context)?)
        })
    }

    /// The same, with the component of another stage where there is one: it is compiled once.
    pub(crate) async fn on(
        before: Option<&Self>,
        sandbox: &Arc<Sandbox>,
        component: &[u8],
        (suite, case): (&Suite, &Case),
        recorded: &[Recorded],
    ) -> Result<Self, Error> {
        match before {
            None => Self::new(sandbox, component, suite, case, recorded).await,
            Some(before) => before.next(sandbox, suite, case, recorded).await,
        }
    }

    /// The same component on another case's stage.
    async fn next(
        &self,
        sandbox: &Arc<Sandbox>,
        suite: &Suite,
        case: &Case,
        recorded: &[Recorded],
    ) -> Result<Self, Error> {
        let databases = Databases::open(suite, case, recorded).await?;
        Self::set(suite, case, databases, sandbox, |handler_context| {
            Ok(self.handler.with_context(handler_context)?)
        })
    }

    fn set(
        suite: &Suite,
        case: &Case,
        databases: Databases,
        sandbox: &Arc<Sandbox>,
        prepare: impl FnOnce(Arc<HandlerContext>) -> Result<Handler, Error>,
    ) -> Result<Self, Error> {
        let tables = tables::before(case)?;
        let (queue, receiver) = Queue::new(EVENTS_MAX);
        let log = Arc::new(Captured::default());
        let log_sink = Arc::clone(&log);
        let mut state = TenantState::new(suite.tenant.name().parse()?, suite.tenant.index())
            .with(Arc::new(LogTenant { log_sink }))
            .with(Arc::clone(&tables))
            .with(Arc::new(CustomTenant::of(queue)))
            .with(Arc::new(own(&suite.domains)))
            .with(Arc::new(FixedSeed(case.randomness())))
            .with(databases.tenant());
        if sandbox.has_cells() {
            state = state.with(Arc::new(CellName("cases".to_owned())));
        }
        let variables = MODULES
            .iter()
            .flat_map(|module| module.variables().to_vec());
        let handler_context = HandlerContext {
            handler: "example".parse()?,
            revision: Revision::FIRST,
            grants: Grants::parse(&suite.grants)?,
            limits: case.limits.unwrap_or(suite.limits).of_run(),
            tenant: Arc::new(state),
            variables: Arc::new(Variables::new(variables)),
        };
        let handler = prepare(Arc::new(handler_context))?;
        let (export, binding) = exported(&handler, sandbox.bindings(), &suite.event)?;
        Ok(Self {
            handler,
            export,
            binding,
            tables,
            log,
            databases,
            queue: Mutex::new(receiver),
        })
    }

    /// What is true for all runs of its handler.
    pub(crate) fn handler_context(&self) -> &HandlerContext {
        self.handler.handler_context()
    }

    /// What it runs.
    pub(crate) fn digest(&self) -> WasmDigest {
        self.handler.digest()
    }

    /// A run of it that is over, as those who record see it; `digest` is [`Fixture::digest`].
    pub(crate) fn ended<'a>(&'a self, run: &'a Run, digest: &'a WasmDigest) -> RunEnd<'a> {
        RunEnd {
            handler_context: self.handler_context(),
            component_digest: digest,
            binding: &*self.binding,
            subject: run.payload.subject(),
            verdict: run.verdict.as_ref(),
            outcome: &run.outcome,
            fuel: run.used.fuel,
            memory_bytes: run.used.memory_bytes,
            seed: run.seed,
        }
    }

    /// Whether its instances are used again.
    #[cfg(test)]
    pub(crate) fn pools_instances(&self) -> bool {
        self.handler.pools_instances()
    }

    fn cause(&self) -> Cause {
        Cause::outside(self.handler_context().tenant.index)
    }

    /// One run, in the lane that the server would choose.
    pub(crate) async fn run(&self, payload: Box<dyn Payload>) -> Run {
        self.run_tapped(payload, Tapping::default()).await
    }

    /// The same, seen or answered by a tap.
    pub(crate) async fn run_tapped(&self, payload: Box<dyn Payload>, tapping: Tapping) -> Run {
        let cause = self.cause();
        match self.handler.lane() {
            Lane::Sync => {
                let binding = &*self.binding;
                self.handler
                    .run_tapped(self.export, binding, cause, payload, tapping)
            }
            Lane::Async => {
                let binding = &*self.binding;
                self.handler
                    .run_async_tapped(self.export, binding, cause, payload, tapping)
                    .await
            }
        }
    }

    /// The same from a fresh instance, whose store is looked at before the run is settled.
    pub(crate) fn run_watched(
        &self,
        runtime: &tokio::runtime::Runtime,
        payload: Box<dyn Payload>,
        tapping: Tapping,
        watch: impl FnOnce(&mut Store<RunState>, &GuestResult),
    ) -> Run {
        let cause = self.cause();
        let (export, binding) = (self.export, &*self.binding);
        match self.handler.lane() {
            Lane::Sync => self
                .handler
                .run_watched(export, binding, cause, payload, tapping, watch),
            Lane::Async => {
                let run = self
                    .handler
                    .run_async_watched(export, binding, cause, payload, tapping, watch);
                runtime.block_on(run)
            }
        }
    }

    /// Whether its runs may have changed what the next one finds.
    pub(crate) fn is_changed(&self) -> bool {
        let writes = |interface: &str| WRITABLE.iter().any(|begin| interface.starts_with(begin));
        let mut imports = self.handler.imports().iter();
        imports.any(|import| writes(&import.interface))
    }

    /// The events that were raised since it was last asked, in their order.
    pub(crate) fn raised(&self) -> Vec<String> {
        let mut queue = self.queue.lock().unwrap_or_else(PoisonError::into_inner);
        let mut raised = Vec::new();
        while let Ok(queued) = queue.try_recv() {
            let event = &queued.event;
            let parameters = event.parameters().iter();
            let parameters =
                parameters.map(|(key, value)| (key.clone(), Cell::of_parameter(value)));
            let event = Raised {
                name: event.name().to_owned(),
                parameters: parameters.collect(),
            };
            raised.push(event.to_string());
        }
        raised
    }
}

/// Ended as the example wanted it to, not by a limit or a trap.
pub(crate) fn is_deliberate(outcome: &Outcome) -> bool {
    matches!(outcome, Outcome::Returned | Outcome::GuestError(_))
}

/// The event of these cases among those that the component handles.
fn exported(
    handler: &Handler,
    bindings: &[Arc<dyn EventBinding>],
    event: &str,
) -> Result<(Export, Arc<dyn EventBinding>), Error> {
    let mut exports = handler.exports().iter();
    let found = exports.find_map(|export| {
        let binding = bindings.get(export.event.position())?;
        (binding.name().as_str() == event).then(|| (*export, Arc::clone(binding)))
    });
    found.ok_or_else(|| format!("it does not handle {event}").into())
}

/// The tenant's own names: nothing is listened on.
fn own(domains: &[String]) -> SipTenant {
    let mut names = OwnNames::new();
    for domain in domains {
        names.add_domain(domain);
    }
    let own = SipTenant::started_at(0);
    own.names.store(Some(Arc::new(names)));
    own
}
