//! Everything modules keep for the whole server.

use std::any::Any;
use std::fmt;
use std::sync::Arc;

use evroute_event::Emitter;
use evroute_tenant::{TenantIndex, TenantSlots};

use crate::TenantState;
use crate::parts::Parts;

/// How many tenants an error names.
const NAMED_MAX: usize = 10;

/// The running server, as RPC methods and metrics of modules see it: its tenants, and what modules
/// keep for all of them.
pub struct ServerState {
    /// The tenants that there are; they come and go.
    pub tenants: Arc<TenantSlots<TenantState>>,
    /// Where events are raised.
    pub emitter: Emitter,
    /// Microseconds since 1970.
    pub clock: fn() -> u64,
    is_served: Box<dyn Fn(TenantIndex) -> bool + Send + Sync>,
    parts: Parts,
}

impl ServerState {
    /// Why nothing is done for a tenant of which [`ServerState::is_served`] is false.
    pub const NOT_SERVED: &str =
        "this tenant has not started; the log says why, and evroute check tries its handlers";

    /// A server of these tenants. `is_served` says whether one of them has started.
    #[must_use]
    pub fn new(
        tenants: Arc<TenantSlots<TenantState>>,
        emitter: Emitter,
        clock: fn() -> u64,
        is_served: impl Fn(TenantIndex) -> bool + Send + Sync + 'static,
    ) -> Self {
        Self {
            tenants,
            emitter,
            clock,
            is_served: Box::new(is_served),
            parts: Parts::default(),
        }
    }

    /// Adds what a module keeps for all tenants.
    #[must_use]
    pub fn with<T: Any + Send + Sync>(mut self, part: Arc<T>) -> Self {
        self.parts.put(part);
        self
    }

    /// What a module keeps for all tenants; none when it is not part of this server.
    #[must_use]
    pub fn get<T: Any + Send + Sync>(&self) -> Option<&T> {
        self.parts.get()
    }

    /// The same, to be kept.
    #[must_use]
    pub fn share<T: Any + Send + Sync>(&self) -> Option<Arc<T>> {
        self.parts.share()
    }

    /// Whether a tenant has started, and its handlers are asked.
    #[must_use]
    pub fn is_served(&self, tenant: TenantIndex) -> bool {
        (self.is_served)(tenant)
    }

    /// The tenant of this name.
    #[must_use]
    pub fn tenant(&self, name: &str) -> Option<Arc<TenantState>> {
        let mut all = self.tenants.all().into_iter();
        all.find_map(|(_, tenant)| (tenant.id.as_str() == name).then_some(tenant))
    }

    /// The only tenant there is; none when there are several, or none.
    #[must_use]
    pub fn only_tenant(&self) -> Option<Arc<TenantState>> {
        let mut all = self.tenants.all().into_iter();
        let (_, only) = all.next()?;
        all.next().is_none().then_some(only)
    }

    /// Whose handlers or tables a call is about: the tenant of this name, or the only one.
    ///
    /// # Errors
    /// One sentence that names some of the tenants there are.
    pub fn tenant_or_only(&self, name: Option<&str>) -> Result<Arc<TenantState>, String> {
        match name {
            Some(name) => self
                .tenant(name)
                .ok_or_else(|| format!("there is no tenant {name:?}; there is {}", self.some())),
            None => self
                .only_tenant()
                .ok_or_else(|| format!("say which tenant is meant: {}", self.some())),
        }
    }

    /// The names of the first tenants: thousands would be no help.
    fn some(&self) -> String {
        let all = self.tenants.all();
        let names = all.iter().take(NAMED_MAX);
        let names: Vec<_> = names.map(|(_, tenant)| tenant.id.as_str()).collect();
        match all.len().checked_sub(NAMED_MAX) {
            None | Some(0) => names.join(", "),
            Some(more) => format!("{} and {more} more", names.join(", ")),
        }
    }
}

impl fmt::Debug for ServerState {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ServerState")
            .field("tenants", &self.tenants)
            .finish_non_exhaustive()
    }
}
