//! The tenants of a running server, by name: each from its opening to its end, whether it is in the
//! configuration file, was added while the server ran, or has changed.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Instant;

use evroute_certificates::ServerTls;
use evroute_event::Emitter;
use evroute_journal::Journal;
use evroute_module_api::{Start, TenantState};
use evroute_tenant::{TenantId, TenantIndex, TenantSlots};
use tokio::sync::Semaphore;
use tokio::time::{timeout, timeout_at};
use tokio_util::task::TaskTracker;

use crate::background::Background;
use crate::deploys::Deploys;
use crate::descriptors::Descriptors;
use crate::handlers::{Handlers, ReadyHandler};
use crate::observer::RunObserver;
use crate::sip_tenants::{SipTenants, identity};
use crate::tenant_starts::TenantStage;
use crate::tenants::{self, Before, LivePart, OpenScope, OpenedTenant};
use crate::usage::Usage;
use crate::{
    BrokenTenant, Config, Log, Metrics, Shutdown, StartError, TenantConfig, TenantStarts,
    TokenStore,
};

/// The fewest tenants whose handlers are compiled at the same time: one whose components take long
/// holds up no other.
const TURNS_MIN: usize = 2;

/// What a registry is made of: everything that knows tenants.
pub(crate) struct RegistryParts {
    pub(crate) config: Arc<Config>,
    pub(crate) deploys: Arc<Deploys>,
    pub(crate) log: Log,
    pub(crate) metrics: Arc<Metrics>,
    pub(crate) observer: Arc<RunObserver>,
    pub(crate) slots: Arc<TenantSlots<TenantState>>,
    pub(crate) starts: Arc<TenantStarts>,
    pub(crate) handlers: Arc<Handlers>,
    pub(crate) sip: SipTenants,
    pub(crate) emitter: Emitter,
    pub(crate) is_alone: Arc<AtomicBool>,
    pub(crate) tokens: Arc<TokenStore>,
    pub(crate) usage: Arc<Usage>,
    pub(crate) journal: Arc<Journal>,
    pub(crate) tls: Arc<ServerTls>,
    pub(crate) descriptors: Arc<Descriptors>,
    pub(crate) shutdown: Shutdown,
}

/// The tenants that there are.
pub(crate) struct TenantRegistry {
    pub(crate) parts: RegistryParts,
    lives: Mutex<BTreeMap<TenantId, Arc<TenantLife>>>,
    /// Files of the folder that cannot be used.
    broken: Mutex<Vec<BrokenTenant>>,
    /// The index of the next tenant; none is given twice.
    next: AtomicU32,
    turns: Semaphore,
    /// One change of the tenants after the other.
    pub(crate) changing: Semaphore,
}

/// One tenant, as it is now.
pub(crate) struct TenantLife {
    pub(crate) config: Arc<TenantConfig>,
    pub(crate) state: Arc<TenantState>,
    pub(crate) parts: Vec<LivePart>,
    /// What runs beside messages for it.
    pub(crate) tasks: TaskTracker,
}

impl TenantRegistry {
    /// Without tenants. The first index is that behind the tenants of the configuration.
    pub(crate) fn new(parts: RegistryParts) -> Arc<Self> {
        let next = u32::try_from(parts.config.tenants.len()).unwrap_or(u32::MAX);
        let turns = parts.config.server.workers.get().max(TURNS_MIN);
        let broken = parts.config.broken_tenants.clone();
        Arc::new(Self {
            parts,
            lives: Mutex::default(),
            broken: Mutex::new(broken),
            next: AtomicU32::new(next),
            turns: Semaphore::new(turns),
            changing: Semaphore::new(1),
        })
    }

    /// Takes in the tenants that the server begins with, whose messages are known to be theirs.
    pub(crate) fn admit_first(
        &self,
        opened: Vec<(Arc<TenantConfig>, OpenedTenant)>,
    ) -> Vec<(Arc<TenantLife>, Option<String>)> {
        // All at once: each change copies the names of all.
        let known = opened
            .iter()
            .map(|(tenant, _)| (tenant.index, identity(tenant)));
        self.parts.sip.identity.admit(known);
        let mut first = Vec::with_capacity(opened.len());
        for (config, mut opened) in opened {
            let unopened = opened.unopened.take();
            let life = Arc::new(TenantLife {
                state: opened.state,
                parts: opened.parts,
                tasks: TaskTracker::new(),
                config,
            });
            self.parts.starts.admit(&life.config);
            self.parts.sip.admit_named(&life.config, &life.state);
            self.parts.handlers.admit(&life.config, &life.state);
            let id = life.config.id.clone();
            self.lives().insert(id, Arc::clone(&life));
            first.push((life, unopened));
        }
        // Those that are not there have no messages.
        let lives = self.lives();
        for tenant in &self.parts.config.tenants {
            if !lives.contains_key(&tenant.id) {
                self.parts.sip.directory.remove(tenant.index);
            }
        }
        self.parts
            .is_alone
            .store(lives.len() == 1, Ordering::Relaxed);
        first
    }

    /// An index that no tenant had yet; none when all are used up until a restart.
    pub(crate) fn next_index(&self) -> Option<TenantIndex> {
        let next = self.next.fetch_add(1, Ordering::Relaxed);
        let fits = TenantIndex::from_position(usize::try_from(next).ok()?);
        fits.filter(|_| self.lives().len() < TenantIndex::COUNT_MAX)
    }

    /// Files of the folder that cannot be used, by name.
    pub(crate) fn broken(&self) -> Vec<BrokenTenant> {
        let broken = self.broken.lock().unwrap_or_else(PoisonError::into_inner);
        broken.clone()
    }

    /// A file that could not be used is corrected, or gone.
    pub(crate) fn mended(&self, name: &str) {
        let mut broken = self.broken.lock().unwrap_or_else(PoisonError::into_inner);
        broken.retain(|one| one.name != name);
    }

    /// The tenant of this name, as it is now.
    pub(crate) fn find(&self, name: &str) -> Option<Arc<TenantLife>> {
        let id: TenantId = name.parse().ok()?;
        self.lives().get(&id).cloned()
    }

    /// All tenants, by name.
    pub(crate) fn all(&self) -> Vec<Arc<TenantLife>> {
        self.lives().values().cloned().collect()
    }

    /// What the tenants are opened in: the others are all but the one of this name.
    pub(crate) async fn open(
        &self,
        tenant: &TenantConfig,
        before: Option<&TenantLife>,
    ) -> Result<OpenedTenant, StartError> {
        let others = self.all().into_iter();
        let others = others.filter(|other| other.config.id != tenant.id);
        let others: Vec<_> = others.map(|other| Arc::clone(&other.state)).collect();
        let scope = OpenScope {
            config: &self.parts.config,
            log: &self.parts.log,
            usage: &self.parts.usage,
            journal: &self.parts.journal,
            tls: self.parts.tls.tables(),
            descriptors: &self.parts.descriptors,
            is_alone: &self.parts.is_alone,
            draining: self.parts.shutdown.draining(),
            others: &others,
        };
        let before = before.map(|before| Before {
            config: &before.config,
            state: &before.state,
            parts: &before.parts,
        });
        tenants::open(&scope, tenant, before).await
    }

    /// Takes in a tenant that was opened: from now on it is found, and its requests are answered
    /// 503 until it is served. Whose messages are whose is said before.
    pub(crate) fn admit(
        &self,
        config: Arc<TenantConfig>,
        opened: OpenedTenant,
        before: Option<&TenantLife>,
    ) -> Arc<TenantLife> {
        let life = Arc::new(TenantLife {
            state: opened.state,
            parts: opened.parts,
            tasks: before.map_or_else(TaskTracker::new, |before| before.tasks.clone()),
            config,
        });
        self.put(&life);
        life
    }

    /// Makes a tenant as it is here the one that is found.
    pub(crate) fn put(&self, life: &Arc<TenantLife>) {
        let (config, state) = (&life.config, &life.state);
        self.parts.starts.admit(config);
        self.parts.slots.put(state.index, Arc::clone(state));
        self.parts.sip.admit(config, state);
        self.parts.handlers.admit(config, state);
        let mut lives = self.lives();
        lives.insert(config.id.clone(), Arc::clone(life));
        self.parts
            .is_alone
            .store(lives.len() == 1, Ordering::Relaxed);
    }

    /// Makes a tenant's handlers ready, on a thread that may be busy for as long as it takes; in
    /// its turn, and within what is left of the time of its start.
    pub(crate) async fn prepare(
        self: &Arc<Self>,
        config: &Arc<TenantConfig>,
        state: &Arc<TenantState>,
        until: Instant,
    ) -> Result<Vec<ReadyHandler>, StartError> {
        let left = until.saturating_duration_since(Instant::now());
        let (registry, of_it) = (Arc::clone(self), (Arc::clone(config), Arc::clone(state)));
        let work = tokio::task::spawn_blocking(move || {
            let (config, state) = of_it;
            registry.parts.handlers.load(&config, &state, until)
        });
        match timeout(left, work).await {
            Ok(Ok(ready)) => ready,
            Ok(Err(broken)) => Err(StartError::Fault(format!("compiling broke: {broken}"))),
            Err(_) => Err(self.late(config, "making its handlers ready")),
        }
    }

    /// Starts a tenant that was taken in: makes its handlers ready, asks what its modules ask, and
    /// serves it. A tenant that does not start is not served by halves: it is disabled.
    pub(crate) async fn start(self: &Arc<Self>, life: &Arc<TenantLife>) -> Result<(), StartError> {
        match self.try_start(life).await {
            Ok(background) => {
                self.serve(life, background);
                Ok(())
            }
            Err(why) => {
                self.disable(life, &why.to_string());
                Err(why)
            }
        }
    }

    async fn try_start(self: &Arc<Self>, life: &Arc<TenantLife>) -> Result<Background, StartError> {
        let turn = self.turns.acquire().await;
        let until = Instant::now() + self.parts.config.server.tenant_start;
        let ready = self.prepare(&life.config, &life.state, until).await?;
        self.restore_deployed(life.index()).await?;
        drop(turn);
        self.parts.handlers.set_configured(life.index(), ready);
        self.ask(life, until).await
    }

    /// Puts in force what was deployed for a tenant, as it is now.
    pub(crate) async fn restore_deployed(&self, tenant: TenantIndex) -> Result<(), StartError> {
        let Some(of_it) = self.parts.handlers.tenant(tenant) else {
            return Ok(());
        };
        let deploys = Arc::clone(&self.parts.deploys);
        let restored = tokio::task::spawn_blocking(move || deploys.restore(&of_it)).await;
        restored.unwrap_or_else(|broken| Err(StartError::Fault(format!("it broke: {broken}"))))
    }

    /// Asks what the parts that are new ask before any other event. The answer is their work.
    pub(crate) async fn ask(
        &self,
        life: &TenantLife,
        until: Instant,
    ) -> Result<Background, StartError> {
        let background = Background::new(
            &life.state,
            &life.parts,
            &self.parts.emitter,
            &self.parts.sip.requests,
        );
        let mut background = background.map_err(|error| StartError::Fault(error.to_string()))?;
        for Start { what, asked } in std::mem::take(&mut background.questions) {
            match timeout_at(until.into(), asked).await {
                Ok(Ok(())) => {}
                Ok(Err(why)) => return Err(life.fault(why)),
                Err(_) => return Err(self.late(&life.config, what)),
            }
        }
        Ok(background)
    }

    /// Starts the work of the parts that are new, and serves the tenant.
    pub(crate) fn serve(&self, life: &TenantLife, background: Background) {
        background.start(&self.parts.shutdown, &life.tasks);
        self.parts.starts.set(life.index(), TenantStage::Served);
        self.parts.sip.core.serve(life.index());
    }

    /// From now on nothing of this tenant is asked, and its requests are answered 503.
    pub(crate) fn disable(&self, life: &TenantLife, why: &str) {
        let index = life.index();
        self.parts.sip.core.disable_tenant(index);
        self.parts.handlers.disable_tenant(index);
        self.parts
            .starts
            .set(index, TenantStage::Disabled(why.to_owned()));
    }

    fn late(&self, tenant: &TenantConfig, what: &str) -> StartError {
        let limit = self.parts.config.server.tenant_start.as_secs();
        StartError::Tenant {
            tenant: tenant.id.to_string(),
            why: format!(
                "{what} was not over after {limit} s, which tenant_start_seconds_max in [server] \
                 sets"
            ),
        }
    }

    /// The map is whole even if a writer panicked: entries are set at once.
    pub(crate) fn lives(&self) -> MutexGuard<'_, BTreeMap<TenantId, Arc<TenantLife>>> {
        self.lives.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl TenantLife {
    pub(crate) fn index(&self) -> TenantIndex {
        self.state.index
    }

    /// Why it does not start.
    pub(crate) fn fault(&self, why: String) -> StartError {
        StartError::Tenant {
            tenant: self.config.id.to_string(),
            why,
        }
    }
}

impl fmt::Debug for TenantRegistry {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "TenantRegistry({})", self.lives().len())
    }
}

#[cfg(test)]
pub(crate) mod tests;
