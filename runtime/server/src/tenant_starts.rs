//! How far each tenant has come in its life.

use std::sync::Arc;
use std::sync::{Mutex, MutexGuard, PoisonError};

use evroute_tenant::{TenantId, TenantIndex, TenantSlots};

use crate::TenantConfig;

/// The tenants there are, and how far each has come.
#[derive(Debug, Default)]
pub struct TenantStarts(TenantSlots<TenantStart>);

/// One of them.
#[derive(Debug)]
pub(crate) struct TenantStart {
    pub(crate) id: TenantId,
    pub(crate) domains: Vec<String>,
    stage: Arc<Mutex<TenantStage>>,
}

/// Where in its life a tenant is.
#[derive(Clone, PartialEq, Eq, Default, Debug)]
pub(crate) enum TenantStage {
    /// Its handlers are made ready; its requests are answered 503.
    #[default]
    Starting,
    /// Its handlers are asked.
    Served,
    /// It did not start, for this reason; its requests are answered 503.
    Disabled(String),
    /// It was removed: nothing new is its, and what is under way ends.
    Draining,
}

impl TenantStage {
    /// The word that operators are shown.
    pub(crate) const fn as_str(&self) -> &'static str {
        match self {
            Self::Starting => "starting",
            Self::Served => "served",
            Self::Disabled(_) => "disabled",
            Self::Draining => "draining",
        }
    }
}

impl TenantStarts {
    /// Takes in a tenant that starts, or what is different of one that is known.
    pub(crate) fn admit(&self, tenant: &TenantConfig) {
        let known = self.0.read(tenant.index, |known| Arc::clone(&known.stage));
        let start = TenantStart {
            id: tenant.id.clone(),
            domains: tenant.domains.clone(),
            stage: known.unwrap_or_default(),
        };
        self.0.put(tenant.index, Arc::new(start));
    }

    /// Says how far a tenant has come.
    pub(crate) fn set(&self, tenant: TenantIndex, stage: TenantStage) {
        self.0.read(tenant, |known| *known.lock() = stage);
    }

    /// How far it has come; none when it is gone.
    pub(crate) fn stage(&self, tenant: TenantIndex) -> Option<TenantStage> {
        self.0.read(tenant, |known| known.lock().clone())
    }

    /// Forgets a tenant that is gone.
    pub(crate) fn forget(&self, tenant: TenantIndex) {
        self.0.remove(tenant);
    }

    /// Whether a tenant has started, and its handlers are asked.
    pub(crate) fn is_served(&self, tenant: TenantIndex) -> bool {
        let is_served = |known: &Arc<TenantStart>| *known.lock() == TenantStage::Served;
        self.0.read(tenant, is_served).unwrap_or(false)
    }

    /// All of them, in the order of their indices.
    pub(crate) fn all(&self) -> Vec<(TenantIndex, Arc<TenantStart>)> {
        self.0.all()
    }

    /// How many are starting.
    pub(crate) fn starting(&self) -> usize {
        self.count(|stage| matches!(stage, TenantStage::Starting))
    }

    /// How many did not start.
    pub(crate) fn disabled(&self) -> usize {
        self.count(|stage| matches!(stage, TenantStage::Disabled(_)))
    }

    fn count(&self, is_counted: impl Fn(&TenantStage) -> bool) -> usize {
        let all = self.0.all().into_iter();
        all.filter(|(_, known)| is_counted(&known.lock())).count()
    }
}

impl TenantStart {
    /// A stage is whole even if a writer panicked: it is set at once.
    fn lock(&self) -> MutexGuard<'_, TenantStage> {
        self.stage.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
