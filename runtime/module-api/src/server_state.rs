//! Everything modules keep for the whole server.

use std::any::Any;
use std::fmt;
use std::sync::Arc;

use evroute_event::Emitter;
use evroute_tenant::TenantIndex;

use crate::TenantState;
use crate::parts::Parts;

/// The running server, as RPC methods and metrics of modules see it: its tenants, and what modules
/// keep for all of them.
pub struct ServerState {
    /// The tenants, at the position of their indices.
    pub tenants: Vec<Arc<TenantState>>,
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
        tenants: Vec<Arc<TenantState>>,
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
    pub fn tenant(&self, name: &str) -> Option<&Arc<TenantState>> {
        self.tenants
            .iter()
            .find(|tenant| tenant.id.as_str() == name)
    }
}

impl fmt::Debug for ServerState {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ServerState")
            .field("tenants", &self.tenants)
            .finish_non_exhaustive()
    }
}
