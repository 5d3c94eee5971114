//! Everything modules keep for one tenant.

use std::any::Any;
use std::fmt;
use std::sync::Arc;

use evroute_tenant::{TenantId, TenantIndex};

use crate::parts::Parts;
use crate::{DatabaseReader, RunRecorder, TenantPart};

/// One tenant's state, module by module. Built at start, shared by all its runs.
pub struct TenantState {
    /// The tenant's name.
    pub id: TenantId,
    /// Its place in the server's list.
    pub index: TenantIndex,
    parts: Parts,
    /// Those of the parts that have a life of their own.
    modules: Vec<Arc<dyn TenantPart>>,
}

impl TenantState {
    /// A tenant without any module's state.
    #[must_use]
    pub fn new(id: TenantId, index: TenantIndex) -> Self {
        Self {
            id,
            index,
            parts: Parts::default(),
            modules: Vec::new(),
        }
    }

    /// Adds one module's state. A second state of the same type replaces the first.
    #[must_use]
    pub fn with<T: Any + Send + Sync>(mut self, part: Arc<T>) -> Self {
        self.parts.put(part);
        self
    }

    /// Adds one module's state, as it was opened.
    #[must_use]
    pub fn with_part(mut self, part: Arc<dyn TenantPart>) -> Self {
        self.parts.put(Arc::clone(&part) as _);
        self.modules.push(part);
        self
    }

    /// What was added by [`TenantState::with_part`], in the order of the modules.
    #[must_use]
    pub fn modules(&self) -> &[Arc<dyn TenantPart>] {
        &self.modules
    }

    /// What sees each run of the tenant's handlers: the first of the modules that does.
    #[must_use]
    pub fn recorder(&self) -> Option<Arc<dyn RunRecorder>> {
        let mut modules = self.modules.iter();
        modules.find_map(|part| Arc::clone(part).recorder())
    }

    /// The tenant's databases: of the first of the modules that has some.
    #[must_use]
    pub fn databases(&self) -> Option<Arc<dyn DatabaseReader>> {
        let mut modules = self.modules.iter();
        modules.find_map(|part| Arc::clone(part).databases())
    }

    /// A module's own state; none when the module is not part of this server.
    #[must_use]
    pub fn get<T: Any + Send + Sync>(&self) -> Option<&T> {
        self.parts.get()
    }

    /// The same, to be kept.
    #[must_use]
    pub fn share<T: Any + Send + Sync>(&self) -> Option<Arc<T>> {
        self.parts.share()
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
