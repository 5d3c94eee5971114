//! The server without its HTTP: tenants, sandbox, handlers, SIP.

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use evroute_cell::{RunnerConfig, RunnerPool};
use evroute_certificates::ServerTls;
use evroute_clock::now_us;
use evroute_compile::CompileChild;
use evroute_dispatch::Dispatcher;
use evroute_event::{Emitter, Sink};
use evroute_journal::Journal;
use evroute_module_api::{EventBinding, ServerState, TenantState};
use evroute_sandbox::{Cells, Compile, Sandbox, SandboxConfig};
use evroute_tenant::{Tariff, TenantSlots};

use crate::collectors;
use crate::deploys::{self, Deploys};
use crate::descriptors::Descriptors;
use crate::handlers::Handlers;
use crate::loader::Loader;
use crate::metrics::families;
use crate::modules::MODULES;
use crate::observer::RunObserver;
use crate::sip_stack::SipStack;
use crate::starting::Starting;
use crate::tenant_registry::{RegistryParts, TenantRegistry};
use crate::tenants::{self, OpenScope, OpenedTenant};
use crate::usage::{Usage, usage_rpc};
use crate::{
    CellLimits, Config, DuplicateMethod, Listener, Log, Metrics, RpcMethods, ServerConfig,
    Shutdown, StartError, Status, TenantConfig, TenantSource, TenantStarts, TokenStore,
    breaker_rpc, cell_rpc, code_cache, modules, tenant_methods,
};

/// How many runs of the synchronous lane a worker can have at once: one, and those that events of
/// its events raise.
const SYNC_RUNS_PER_WORKER: u32 = 8;

/// Room for the runs of so many tenants as are usual, where there are fewer at the start: more may
/// come. It costs address space only, which a process has for six servers of this size: unit tests,
/// many in one process, have fewer.
const RUNS_CONCURRENT_MIN: u32 = if cfg!(test) { 64 } else { 1024 };

/// What a server is started from.
#[derive(Clone)]
pub(crate) struct ServerContext {
    pub(crate) config: Arc<Config>,
    /// Where the operator's HTTP is spoken, with the port that the system chose.
    pub(crate) admin: SocketAddr,
    pub(crate) log: Log,
    pub(crate) metrics: Arc<Metrics>,
    pub(crate) shutdown: Shutdown,
    /// The tenants that there are: what is to be closed when no run is left, however far the start
    /// came.
    pub(crate) tenants: Arc<TenantSlots<TenantState>>,
    /// How far the tenants' starts have come.
    pub(crate) starts: Arc<TenantStarts>,
    /// Whose file descriptors are whose.
    pub(crate) descriptors: Arc<Descriptors>,
    /// What TLS is spoken with.
    pub(crate) tls: Arc<ServerTls>,
    /// What tenants used, over restarts.
    pub(crate) usage: Arc<Usage>,
    /// Where modules keep what outlives the server.
    pub(crate) journal: Arc<Journal>,
    /// Who may call over the admin port.
    pub(crate) tokens: Arc<TokenStore>,
}

/// Everything that was started, in the order of the flow.
pub(crate) struct Running {
    sip: SipStack,
    state: Arc<ServerState>,
    deploys: Arc<Deploys>,
    handlers: Arc<Handlers>,
    registry: Arc<TenantRegistry>,
    runners: Option<Arc<RunnerPool>>,
    starting: Starting,
}

impl Running {
    /// Builds the server from its configuration: state, sandbox, sockets; then starts the tenants,
    /// until the first of them can be served. Nothing is let in yet.
    pub(crate) async fn start(context: ServerContext) -> Result<Self, StartError> {
        let (config, metrics) = (&*context.config, &*context.metrics);
        let bindings = modules::bindings();
        let observer = Arc::new(RunObserver::new(
            &bindings,
            &context.metrics,
            context.log.feed(),
        ));
        let dispatcher = Dispatcher::new(bindings.clone(), Arc::clone(&observer) as _);
        let is_alone = Arc::new(AtomicBool::new(config.tenants.len() == 1));
        let opened = open_all(&context, &is_alone).await?;
        let (sandbox, runners) = sandbox(config, bindings)?;
        let emitter = Emitter::new(Arc::clone(&dispatcher) as Arc<dyn Sink>);
        let locations = modules::locations(&context.tenants, now_us)?;
        // Before a handler runs: a port that is taken must leave nothing behind in a database.
        let authentication = modules::authentication(&context.tenants, now_us);
        let sip = SipStack::bind(&context, &emitter, locations, authentication)?;
        let loader = Arc::new(Loader::new(config, &sandbox, log_slow));
        let handlers = Handlers::new(config, &loader, &dispatcher);
        collectors::of_sip(metrics, &sip);
        collectors::of_runs(metrics, &handlers, &sandbox);
        collectors::of_runners(metrics, runners.as_ref());
        collectors::of_breakers(metrics, &handlers);
        collectors::of_starts(metrics, &context);
        let starts = Arc::clone(&context.starts);
        let tenants = Arc::clone(&context.tenants);
        let state = ServerState::new(tenants, emitter.clone(), now_us, move |tenant| {
            starts.is_served(tenant)
        });
        let state = sip.known_to(state).with(Arc::clone(&context.tls));
        let state = Arc::new(state);
        collectors::of_modules(metrics, &state);
        let deploys = Deploys::open(config, &handlers)?;
        let of_page = Arc::clone(&deploys);
        metrics.read_one(families::DEPLOYS_NOT_READY, move || of_page.not_ready());
        let registry = TenantRegistry::new(RegistryParts {
            config: Arc::clone(&context.config),
            deploys: Arc::clone(&deploys),
            log: context.log.clone(),
            metrics: Arc::clone(&context.metrics),
            observer,
            slots: Arc::clone(&context.tenants),
            starts: Arc::clone(&context.starts),
            handlers: Arc::clone(&handlers),
            sip: sip.tenants.clone(),
            emitter,
            is_alone,
            tokens: Arc::clone(&context.tokens),
            usage: Arc::clone(&context.usage),
            journal: Arc::clone(&context.journal),
            tls: Arc::clone(&context.tls),
            descriptors: Arc::clone(&context.descriptors),
            shutdown: context.shutdown.clone(),
        });
        collectors::of_registry(metrics, &registry);
        collectors::of_usage(metrics, &context.usage);
        collectors::of_journal(metrics, &context.journal);
        collectors::of_descriptors(metrics, &context.descriptors);
        let mut starting = Starting::begin(&registry, registry.admit_first(opened));
        starting.until_served().await?;
        Ok(Self {
            sip,
            state,
            deploys,
            handlers,
            registry,
            runners,
            starting,
        })
    }

    /// Whether there is a tenant of a name.
    pub(crate) fn is_tenant(&self) -> Arc<dyn Fn(&str) -> bool + Send + Sync> {
        let state = Arc::clone(&self.state);
        Arc::new(move |name| state.tenant(name).is_some())
    }

    /// The handlers that are in force.
    pub(crate) fn handlers(&self) -> &Arc<Handlers> {
        &self.handlers
    }

    /// Adds the RPC methods of the modules, and those about tenants.
    pub(crate) fn add_methods(
        &self,
        methods: &mut RpcMethods,
        tariff: &Tariff,
        status: &Arc<Status>,
    ) -> Result<(), DuplicateMethod> {
        for module in MODULES {
            methods.add_rows(module.rpc(), &self.state)?;
        }
        deploys::add_methods(methods, &self.deploys)?;
        usage_rpc::add(methods, &self.registry.parts.usage, tariff, status)?;
        breaker_rpc::add(methods, &self.handlers)?;
        cell_rpc::add(methods, self.runners.as_ref())?;
        tenant_methods::add(methods, &self.registry)
    }

    /// What is deployed while the server runs.
    pub(crate) fn deploys(&self) -> &Arc<Deploys> {
        &self.deploys
    }

    /// What modules keep.
    #[cfg(test)]
    pub(crate) fn state(&self) -> &Arc<ServerState> {
        &self.state
    }

    /// The tenants.
    #[cfg(test)]
    pub(crate) fn registry(&self) -> &Arc<TenantRegistry> {
        &self.registry
    }

    /// Waits until every tenant is served or disabled.
    #[cfg(test)]
    pub(crate) async fn finish_start(&mut self) {
        self.starting.settle(std::time::Duration::MAX).await;
    }

    /// Lets messages in. The answer is where messages come in,
    /// and what is left to start.
    pub(crate) fn open(self, shutdown: &Shutdown) -> (Vec<Listener>, Starting) {
        self.sip.open(shutdown);
        (self.sip.listeners(), self.starting)
    }
}

/// The child that compiles; none where this process is not the program that knows how.
fn compiler(config: &ServerConfig) -> Option<Arc<dyn Compile>> {
    let program = config.compile_program.clone()?;
    Some(Arc::new(CompileChild::new(program, config.compile)))
}

/// The sandbox, and the runners of cells that it hands runs to.
fn sandbox(
    config: &Config,
    bindings: Vec<Arc<dyn EventBinding>>,
) -> Result<(Arc<Sandbox>, Option<Arc<RunnerPool>>), StartError> {
    let sandbox = SandboxConfig {
        code_cache: code_cache::open(&config.server),
        compiler: compiler(&config.server),
        ..sandbox_config(config)
    };
    let runners = runners(&config.server, &sandbox)?;
    let sandbox = SandboxConfig {
        cells: runners.clone().map(|runners| runners as Arc<dyn Cells>),
        ..sandbox
    };
    let sandbox = Sandbox::new(&sandbox, modules::capabilities(), bindings)
        .map_err(|error| StartError::Fault(error.to_string()))?;
    Ok((sandbox, runners))
}

/// The runners of cells; none where there may be none, or where this process is not the program
/// that knows how: handlers of tenants in cells are refused then.
fn runners(
    config: &ServerConfig,
    sandbox: &SandboxConfig,
) -> Result<Option<Arc<RunnerPool>>, StartError> {
    let Some(program) = config.compile_program.clone() else {
        return Ok(None);
    };
    let CellLimits {
        runners_max,
        runs_concurrent_max,
        memory_bytes_max,
    } = config.cells;
    if runners_max == 0 {
        return Ok(None);
    }
    let size = |number: u32| usize::try_from(number).unwrap_or(usize::MAX);
    let runners = RunnerPool::new(RunnerConfig {
        program,
        arguments: vec!["__cell".to_owned()],
        memory_bytes_max,
        runs_per_cell_max: size(runs_concurrent_max),
        runners_max: size(runners_max),
        sandbox: sandbox.clone(),
    });
    let fault = |error| StartError::Fault(format!("no thread for the runners of cells: {error}"));
    Ok(Some(Arc::new(runners.map_err(fault)?)))
}

/// Opens the tenants that there are at the start, in their order. What one of the folder would do
/// to another tenant keeps it out; one of the configuration keeps the server from starting.
async fn open_all(
    context: &ServerContext,
    is_alone: &Arc<AtomicBool>,
) -> Result<Vec<(Arc<TenantConfig>, OpenedTenant)>, StartError> {
    let (mut opened, mut others) = (Vec::new(), Vec::new());
    for tenant in &context.config.tenants {
        let scope = OpenScope {
            config: &context.config,
            log: &context.log,
            usage: &context.usage,
            journal: &context.journal,
            tls: context.tls.tables(),
            descriptors: &context.descriptors,
            is_alone,
            draining: context.shutdown.draining(),
            others: &others,
        };
        match tenants::open(&scope, tenant, None).await {
            Ok(one) => {
                others.push(Arc::clone(&one.state));
                // From now on it is closed at the end.
                context.tenants.put(tenant.index, Arc::clone(&one.state));
                opened.push((Arc::clone(tenant), one));
            }
            Err(why) if tenant.source == TenantSource::Folder => {
                let tenant = tenant.id.as_str();
                tracing::error!(tenant, "the tenant is not there until a restart: {why}");
            }
            Err(why) => return Err(why),
        }
    }
    Ok(opened)
}

fn log_slow(what: &str) {
    tracing::info!("{what}");
}

/// The sandbox as a server of this configuration has it: as many runs as can be alive at once, in
/// the async lane of every tenant and by the workers.
#[must_use]
pub fn sandbox_config(config: &Config) -> SandboxConfig {
    let waiting: u32 = config
        .tenants
        .iter()
        .map(|tenant| tenant.quota.runs_concurrent_max)
        .fold(0, u32::saturating_add);
    let workers = u32::try_from(config.server.workers.get()).unwrap_or(u32::MAX);
    let sync = workers
        .saturating_add(4)
        .saturating_mul(SYNC_RUNS_PER_WORKER);
    SandboxConfig {
        // Tenants are added while it runs.
        runs_concurrent_max: waiting
            .saturating_add(sync)
            .clamp(RUNS_CONCURRENT_MIN, SandboxConfig::RUNS_CONCURRENT_MAX),
        core_module_backend: config.server.core_module_backend,
        instance_pool_max: config.server.instance_pool_max,
        component: config.server.component.clone(),
        ..SandboxConfig::default()
    }
}
