//! What the operator wrote for one module and one tenant.

use std::any::Any;
use std::fmt;
use std::future::ready;
use std::path::Path;
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use evroute_tenant::{TenantId, TenantIndex, TenantQuota};

use crate::{TenantPart, TenantState};

/// What the operator wrote for one module and one tenant, checked and complete. Makes what the
/// module keeps for the tenant.
pub trait ModuleConfig: Any + fmt::Debug + Send + Sync {
    /// What is kept while nothing of the outside is opened: enough to try a handler, and all that
    /// is left of a tenant that does not start.
    fn keep(&self, tenant: &NewTenant<'_>) -> Arc<dyn TenantPart>;

    /// The same, with everything open that runs need. By default that is all there is.
    fn open<'a>(&'a self, tenant: &'a NewTenant<'a>) -> Opening<'a> {
        Box::pin(ready(Ok(self.keep(tenant))))
    }

    /// Whether another one, of the same module and the same tenant, says the same: what is kept by
    /// it then survives a change of the tenant's configuration. By default as both are shown to
    /// developers, so a module whose configuration holds a secret that is not shown compares it
    /// here.
    fn is_same(&self, other: &dyn ModuleConfig) -> bool {
        format!("{self:?}") == format!("{other:?}")
    }

    /// How many file descriptors it may take at the same time.
    fn descriptors_max(&self) -> u64 {
        0
    }

    /// Moves the files that it names and that lie in the server's data folder below this one.
    fn place_data_below(&mut self, folder: &Path) {
        let _ = folder;
    }
}

/// The way to a [`TenantPart`] that is ready for runs.
pub type Opening<'a> =
    Pin<Box<dyn Future<Output = Result<Arc<dyn TenantPart>, OpenFault>> + Send + 'a>>;

/// Why a tenant cannot be opened: one sentence, what is wrong and what to do.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
pub enum OpenFault {
    /// This tenant does not start. The others do.
    #[error("{0}")]
    Tenant(String),
    /// It would harm another tenant: a server that starts with both does not start, and one that
    /// runs does not take it in. For the operator, and names the other.
    #[error("{0}")]
    Server(String),
}

/// A tenant that is being built.
#[derive(Clone, Copy)]
pub struct NewTenant<'a> {
    /// Its name.
    pub id: &'a TenantId,
    /// Its place in the server's list.
    pub index: TenantIndex,
    /// What it may hold.
    pub quota: &'a TenantQuota,
    /// What it has so far: that of the server, then that of the modules before.
    pub state: &'a TenantState,
    /// The other tenants that there are.
    pub others: &'a [Arc<TenantState>],
    /// What the module kept for it so far, when its configuration changes while it is served: it
    /// goes on until this one takes its place, or for good where the change fails.
    pub before: Option<&'a Arc<dyn TenantPart>>,
    /// How long opening may take.
    pub limit: Duration,
    /// Microseconds since 1970.
    pub clock: fn() -> u64,
}

impl fmt::Debug for NewTenant<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("NewTenant")
            .field("id", self.id)
            .finish_non_exhaustive()
    }
}
