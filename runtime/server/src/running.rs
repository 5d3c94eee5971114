//! The server without its HTTP: tenants, sandbox, handlers, SIP.

use std::net::SocketAddr;
use std::sync::{Arc, OnceLock};

use evroute_dispatch::Dispatcher;
use evroute_event::{Emitter, Sink};
use evroute_module_htable::events::ModInit;
use evroute_module_sql::SqlTenant;
use evroute_module_tm::now_us;
use evroute_sandbox::{Sandbox, SandboxConfig};
use evroute_tenant::TenantIndex;

use crate::background::Background;
use crate::custom_rpc::{self, Raiser};
use crate::handlers::Handlers;
use crate::htable_rpc::{self, Tables};
use crate::locations::TenantLocations;
use crate::observer::RunObserver;
use crate::readings::{self, TenantReadings};
use crate::sip_side::SipSide;
use crate::tenants::Tenant;
use crate::{
    Config, DuplicateMethod, Listener, Log, Metrics, RpcMethods, Shutdown, StartError, modules,
    tenants, tm_rpc,
};

/// How many runs of the synchronous lane a worker can have at once: one, and those that events of its events raise.
const SYNC_RUNS_PER_WORKER: u32 = 8;

/// What a server is started from.
#[derive(Clone)]
pub(crate) struct Groundwork {
    pub(crate) config: Arc<Config>,
    /// Where the operator's HTTP is spoken, with the port that the system chose.
    pub(crate) admin: SocketAddr,
    pub(crate) log: Log,
    pub(crate) metrics: Arc<Metrics>,
    pub(crate) shutdown: Shutdown,
    /// What is to be closed when no run is left, however far the start came.
    pub(crate) databases: Arc<OnceLock<Vec<Arc<SqlTenant>>>>,
}

/// Everything that was started, in the order of the flow.
pub(crate) struct Running {
    sip: SipSide,
    background: Background,
    raiser: Raiser,
    tables: Tables,
    handlers: Handlers,
    left_out: Vec<String>,
}

impl Running {
    /// Builds the server from its configuration: state, sandbox, handlers, start-up handlers, sockets. Nothing is let in
    /// yet.
    pub(crate) async fn start(ground: Groundwork) -> Result<Self, StartError> {
        let (config, metrics, shutdown) = (&*ground.config, &*ground.metrics, &ground.shutdown);
        let tenants = tenants::build(config, &ground.log).await?;
        let databases = tenants.iter().map(|tenant| Arc::clone(&tenant.databases));
        let databases = ground.databases.get_or_init(|| databases.collect());
        let glues = modules::glues();
        let observer = RunObserver::new(config, &glues, metrics);
        let dispatcher = Dispatcher::new(glues.clone(), Arc::new(observer));
        let sandbox = Sandbox::new(&sandbox_config(config), modules::capabilities(), glues)
            .map_err(|error| StartError::Fault(error.to_string()))?;
        let emitter = Emitter::new(Arc::clone(&dispatcher) as Arc<dyn Sink>);
        let locations = Arc::new(TenantLocations::new(config));
        // Before a handler runs: a port that is taken must leave nothing behind in a database.
        let sip = SipSide::bind(&ground, &emitter, Arc::clone(&locations) as _)?;
        for (tenant, configured) in tenants.iter().zip(&config.tenants) {
            sip.name(&tenant.state, &configured.domains);
        }
        let mut handlers = Handlers::prepare(&ground.config, &tenants, &sandbox, &dispatcher)?;
        handlers.put_in_force();
        let left_out = mod_init(&tenants, &emitter).await?;
        for (index, _) in &left_out {
            handlers.leave_out(*index);
            sip.core.leave_out(*index);
        }
        readings::of_sip(metrics, &sip);
        let tenant_readings = TenantReadings {
            admissions: handlers.admissions(),
            databases: databases.clone(),
            contacts: locations.tables(),
        };
        tenant_readings.show(metrics, config, &sandbox);
        let (raiser, tables) = (Raiser::new(config, &tenants), Tables::new(&tenants));
        let contacts = locations.tables();
        let background = Background::new(config, tenants, contacts, &emitter, shutdown.draining())
            .map_err(|error| StartError::Fault(error.to_string()))?;
        Ok(Self {
            sip,
            background,
            raiser,
            tables,
            handlers,
            left_out: left_out.into_iter().map(|(_, name)| name).collect(),
        })
    }

    /// The names of the tenants that did not start.
    pub(crate) fn left_out(&self) -> &[String] {
        &self.left_out
    }

    /// Adds the RPC methods of the modules.
    pub(crate) fn add_methods(
        &self,
        methods: &mut RpcMethods,
        config: &Config,
    ) -> Result<(), DuplicateMethod> {
        tm_rpc::add(methods, &self.sip.origin, &self.sip.core, config)?;
        htable_rpc::add(methods, &self.tables)?;
        custom_rpc::add(methods, &self.raiser)
    }

    /// Lets messages in and starts what runs by the clock.
    pub(crate) fn open(self, shutdown: &Shutdown) -> (Vec<Listener>, Handlers) {
        self.sip.open(shutdown);
        self.background.start(shutdown);
        (self.sip.listeners(), self.handlers)
    }
}

/// `htable:mod-init`, tenant by tenant, before the first socket is open. Says which tenants do not start: a handler of one
/// has no say about the others.
async fn mod_init(
    tenants: &[Tenant],
    emitter: &Emitter,
) -> Result<Vec<(TenantIndex, String)>, StartError> {
    let port = emitter
        .port::<ModInit>()
        .map_err(|error| StartError::Fault(error.to_string()))?;
    let mut left_out = Vec::new();
    for tenant in tenants {
        let index = tenant.state.index;
        if !evroute_module_htable::mod_init(&port, index, now_us()).await {
            left_out.push((index, tenant.id.to_string()));
        }
    }
    match left_out.first() {
        Some((_, tenant)) if left_out.len() == tenants.len() => {
            let why = "a handler of htable:mod-init decided that the server does not start; \
                       the log says more"
                .to_owned();
            let tenant = tenant.clone();
            return Err(StartError::Tenant { tenant, why });
        }
        Some(_) | None => {}
    }
    for (_, tenant) in &left_out {
        tracing::error!(
            tenant,
            "a handler of htable:mod-init decided that its tenant does not start: its requests are answered 503 \
             until a restart; the other tenants are served"
        );
    }
    Ok(left_out)
}

/// As many sandboxes as can be alive at once: the async lane of every tenant, and what the workers do.
fn sandbox_config(config: &Config) -> SandboxConfig {
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
        instances_kept_max: config.server.instances_kept_max,
        ..SandboxConfig::default()
    }
}
