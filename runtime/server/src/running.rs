//! The server without its HTTP: tenants, sandbox, handlers, SIP.

use std::net::SocketAddr;
use std::sync::{Arc, OnceLock};

use evroute_clock::now_us;
use evroute_compile::CompileChild;
use evroute_dispatch::Dispatcher;
use evroute_event::{Emitter, Sink, UnknownEvent};
use evroute_module_api::{ServerState, TenantState};
use evroute_sandbox::{Compile, Sandbox, SandboxConfig};
use evroute_tenant::Tariff;

use crate::background::Background;
use crate::collectors;
use crate::deploys::{self, Deploys};
use crate::handlers::Handlers;
use crate::loader::Loader;
use crate::metrics::families;
use crate::modules::MODULES;
use crate::observer::RunObserver;
use crate::sip_stack::SipStack;
use crate::starting::{Starting, StartingParts};
use crate::{
    Config, DuplicateMethod, Listener, Log, Metrics, RpcMethods, ServerConfig, Shutdown,
    StartError, Status, TenantStarts, TokenStore, breaker_rpc, code_cache, modules, tenants,
    usage_rpc,
};

/// How many runs of the synchronous lane a worker can have at once: one, and those that events of
/// its events raise.
const SYNC_RUNS_PER_WORKER: u32 = 8;

/// What a server is started from.
#[derive(Clone)]
pub(crate) struct ServerContext {
    pub(crate) config: Arc<Config>,
    /// Where the operator's HTTP is spoken, with the port that the system chose.
    pub(crate) admin: SocketAddr,
    pub(crate) log: Log,
    pub(crate) metrics: Arc<Metrics>,
    pub(crate) shutdown: Shutdown,
    /// What is to be closed when no run is left, however far the start came.
    pub(crate) tenants: Arc<OnceLock<Vec<Arc<TenantState>>>>,
    /// How far the tenants' starts have come.
    pub(crate) starts: Arc<TenantStarts>,
    /// Who may call over the admin port.
    pub(crate) tokens: Arc<TokenStore>,
}

/// Everything that was started, in the order of the flow.
pub(crate) struct Running {
    sip: SipStack,
    state: Arc<ServerState>,
    deploys: Arc<Deploys>,
    starting: Starting,
}

impl Running {
    /// Builds the server from its configuration: state, sandbox, sockets; then starts the tenants,
    /// until the first of them can be served. Nothing is let in yet.
    pub(crate) async fn start(context: ServerContext) -> Result<Self, StartError> {
        let (config, metrics, shutdown) = (&*context.config, &*context.metrics, &context.shutdown);
        let tenants = tenants::build(config, &context.log).await?;
        let states = tenants.iter().map(|tenant| Arc::clone(&tenant.state));
        let states = context.tenants.get_or_init(|| states.collect());
        let bindings = modules::bindings();
        let observer = RunObserver::new(config, &bindings, &context.metrics);
        let dispatcher = Dispatcher::new(bindings.clone(), Arc::new(observer));
        let sandbox = SandboxConfig {
            code_cache: code_cache::open(&config.server),
            compiler: compiler(&config.server),
            ..sandbox_config(config)
        };
        let sandbox = Sandbox::new(&sandbox, modules::capabilities(), bindings)
            .map_err(|error| StartError::Fault(error.to_string()))?;
        let emitter = Emitter::new(Arc::clone(&dispatcher) as Arc<dyn Sink>);
        let locations = modules::locations(states, now_us)?;
        // Before a handler runs: a port that is taken must leave nothing behind in a database.
        let sip = SipStack::bind(&context, &emitter, states, locations)?;
        for (tenant, configured) in tenants.iter().zip(&config.tenants) {
            sip.name(&tenant.state, &configured.domains);
        }
        let loader = Arc::new(Loader::new(config, &sandbox, log_slow));
        let handlers = Handlers::new(config, &loader, &dispatcher);
        for (tenant, configured) in tenants.iter().zip(&config.tenants) {
            handlers.admit(configured, &tenant.state);
        }
        collectors::of_sip(metrics, &sip);
        collectors::of_runs(metrics, &handlers, &sandbox);
        collectors::of_breakers(metrics, &handlers);
        collectors::of_starts(metrics, config, &context.starts);
        let starts = Arc::clone(&context.starts);
        let state = ServerState::new(states.clone(), emitter.clone(), now_us, move |tenant| {
            starts.is_served(tenant)
        });
        let state = Arc::new(sip.known_to(state).with(Arc::new(config.resolver.clone())));
        collectors::of_modules(metrics, &state);
        let fault = |error: UnknownEvent| StartError::Fault(error.to_string());
        let background = Background::new(&tenants, &emitter, shutdown.draining());
        let deploys = Deploys::open(config, &handlers)?;
        let of_page = Arc::clone(&deploys);
        metrics.read_one(families::DEPLOYS_NOT_READY, move || of_page.not_ready());
        let parts = StartingParts {
            config: Arc::clone(&context.config),
            handlers,
            deploys: Arc::clone(&deploys),
            background: background.map_err(fault)?,
            core: Arc::clone(&sip.core),
            starts: Arc::clone(&context.starts),
            shutdown: shutdown.clone(),
        };
        let mut starting = Starting::begin(parts, &tenants, &loader);
        starting.until_served().await?;
        Ok(Self {
            sip,
            state,
            deploys,
            starting,
        })
    }

    /// Whether there is a tenant of a name.
    pub(crate) fn is_tenant(&self) -> Arc<dyn Fn(&str) -> bool + Send + Sync> {
        let state = Arc::clone(&self.state);
        Arc::new(move |name| state.tenant(name).is_some())
    }

    /// Adds the RPC methods of the modules.
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
        usage_rpc::add(methods, self.starting.handlers(), tariff, status)?;
        breaker_rpc::add(methods, self.starting.handlers())
    }

    /// What is deployed while the server runs.
    pub(crate) fn deploys(&self) -> &Arc<Deploys> {
        &self.deploys
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

fn log_slow(what: &str) {
    tracing::info!("{what}");
}

/// As many sandboxes as can be alive at once: the async lane of every tenant, and what the workers
/// do.
pub(crate) fn sandbox_config(config: &Config) -> SandboxConfig {
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
        runs_concurrent_max: waiting
            .saturating_add(sync)
            .min(SandboxConfig::RUNS_CONCURRENT_MAX),
        core_module_backend: config.server.core_module_backend,
        instance_pool_max: config.server.instance_pool_max,
        component: config.server.component.clone(),
        ..SandboxConfig::default()
    }
}
