//! What the server says about itself.

use std::fmt;
use std::sync::{Arc, OnceLock};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use crate::deploys::Deploys;
use crate::handlers::Handlers;
use crate::{Config, Listener, RpcMethods, Shutdown, TenantStarts};

/// What is known about the server from its start on.
#[derive(Debug)]
pub struct Status {
    started: Instant,
    started_at: SystemTime,
    tenants: Vec<TenantStatus>,
    ready: OnceLock<Ready>,
}

/// One tenant, as configured.
#[derive(Clone, Debug)]
pub(super) struct TenantStatus {
    pub(super) name: String,
    pub(super) domains: Vec<String>,
}

/// What is known once calls are taken.
#[derive(Clone, Debug, Default)]
pub struct Ready {
    /// The sockets, with the ports that the system chose.
    pub listeners: Vec<Listener>,
    /// The handlers that are in force.
    pub handlers: HandlerList,
    /// What POST /rpc can call from now on; without it, what it could call during the start.
    pub methods: Option<Arc<RpcMethods>>,
    /// How far the tenants' starts have come.
    pub starts: Arc<TenantStarts>,
    /// Where components go that are deployed.
    pub(crate) deploys: Option<Arc<Deploys>>,
}

/// The handlers that are in force, asked for when somebody looks.
#[derive(Clone)]
pub struct HandlerList(Arc<dyn Fn() -> Vec<HandlerStatus> + Send + Sync>);

impl HandlerList {
    /// What this function says.
    #[must_use]
    pub fn new(list: impl Fn() -> Vec<HandlerStatus> + Send + Sync + 'static) -> Self {
        Self(Arc::new(list))
    }

    /// What is in force of these.
    pub(crate) fn of(handlers: &Arc<Handlers>) -> Self {
        let handlers = Arc::clone(handlers);
        Self::new(move || handlers.status())
    }

    pub(super) fn now(&self) -> Vec<HandlerStatus> {
        (self.0)()
    }
}

impl Default for HandlerList {
    fn default() -> Self {
        Self::new(Vec::new)
    }
}

impl fmt::Debug for HandlerList {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("HandlerList")
    }
}

/// One handler that is deployed.
#[derive(Clone, Debug)]
pub struct HandlerStatus {
    /// Its tenant's name.
    pub tenant: String,
    /// Its name.
    pub name: String,
    /// Its revision's number.
    pub revision: u32,
    /// The events it handles.
    pub events: Vec<String>,
}

/// Where in its life the server is.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Phase {
    Starting,
    Ready,
    Draining,
}

impl Phase {
    pub(crate) const fn as_str(self) -> &'static str {
        match self {
            Self::Starting => "starting",
            Self::Ready => "ok",
            Self::Draining => "draining",
        }
    }
}

impl Status {
    /// A server that begins to start now.
    #[must_use]
    pub fn new(config: &Config) -> Self {
        let tenant = |tenant: &Arc<crate::TenantConfig>| TenantStatus {
            name: tenant.id.to_string(),
            domains: tenant.domains.clone(),
        };
        Self {
            started: Instant::now(),
            started_at: SystemTime::now(),
            tenants: config.tenants.iter().map(tenant).collect(),
            ready: OnceLock::new(),
        }
    }

    /// Says that calls are taken from now on. A second call changes nothing.
    pub fn set_ready(&self, ready: Ready) {
        self.ready.get_or_init(|| ready);
    }

    /// How long ago it was started.
    #[must_use]
    pub fn uptime(&self) -> Duration {
        self.started.elapsed()
    }

    /// When it was started, seconds since 1970.
    pub(crate) fn started_seconds(&self) -> u64 {
        let since = self.started_at.duration_since(UNIX_EPOCH);
        since.unwrap_or_default().as_secs()
    }

    pub(crate) fn ready(&self) -> Option<&Ready> {
        self.ready.get()
    }

    /// The tenants that there are; until calls are taken, those that are configured.
    pub(super) fn tenants(&self) -> Vec<TenantStatus> {
        let Some(ready) = self.ready() else {
            return self.tenants.clone();
        };
        let tenants = ready.starts.all().into_iter();
        tenants
            .map(|(_, tenant)| TenantStatus {
                name: tenant.id.to_string(),
                domains: tenant.domains.clone(),
            })
            .collect()
    }

    pub(crate) fn phase(&self, shutdown: &Shutdown) -> Phase {
        if shutdown.draining().is_cancelled() {
            Phase::Draining
        } else if self.ready.get().is_some() {
            Phase::Ready
        } else {
            Phase::Starting
        }
    }
}
