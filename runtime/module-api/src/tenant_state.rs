//! Everything modules keep for one tenant.

use std::any::{Any, TypeId};
use std::fmt;
use std::sync::Arc;
use std::time::{Duration, Instant};

use evroute_tenant::{RunTime, TenantId, TenantIndex};

/// One tenant's state, module by module. Built at start, shared by all its runs.
pub struct TenantState {
    /// The tenant's name.
    pub id: TenantId,
    /// Its place in the server's list.
    pub index: TenantIndex,
    parts: Vec<(TypeId, Arc<dyn Any + Send + Sync>)>,
}

impl TenantState {
    /// A tenant without any module's state.
    #[must_use]
    pub fn new(id: TenantId, index: TenantIndex) -> Self {
        Self {
            id,
            index,
            parts: Vec::new(),
        }
    }

    /// Adds one module's state. A second state of the same type replaces the first.
    #[must_use]
    pub fn with<T: Any + Send + Sync>(mut self, part: Arc<T>) -> Self {
        let key = TypeId::of::<T>();
        self.parts.retain(|(known, _)| *known != key);
        self.parts.push((key, part));
        self
    }

    /// A module's own state; none when the module is not part of this server.
    #[must_use]
    pub fn get<T: Any + Send + Sync>(&self) -> Option<&T> {
        self.part::<T>()?.downcast_ref()
    }

    /// The same, to be kept.
    #[must_use]
    pub fn share<T: Any + Send + Sync>(&self) -> Option<Arc<T>> {
        Arc::clone(self.part::<T>()?).downcast().ok()
    }

    /// Charges the tenant's share of run time with work that was done for it outside of its runs,
    /// such as a statement in an embedded database, right after it was done: how long a processor
    /// was busy with it. What is owed is waited for before the tenant's next run. Without effect
    /// where the tenant has no [`RunTime`], since it is alone.
    pub fn charge_run_time(&self, took: Duration) {
        if let Some(share) = self.get::<RunTime>() {
            share.charge(Instant::now(), took);
        }
    }

    fn part<T: Any>(&self) -> Option<&Arc<dyn Any + Send + Sync>> {
        let key = TypeId::of::<T>();
        let mut parts = self.parts.iter();
        parts.find_map(|(known, part)| (*known == key).then_some(part))
    }
}

impl fmt::Debug for TenantState {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TenantState")
            .field("id", &self.id)
            .field("index", &self.index)
            .finish()
    }
}
