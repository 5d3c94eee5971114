//! What one module keeps for one tenant.

use std::any::Any;
use std::path::PathBuf;
use std::pin::Pin;
use std::sync::Arc;

use evroute_event::{Emitter, UnknownEvent};
use evroute_tenant::{TenantId, TenantIndex};
use tokio_util::sync::CancellationToken;

use crate::{DatabaseReader, HandlerChange, OwnRequests, RunRecorder};

/// What one module keeps for one tenant. Runs of handlers find it by its type in
/// [`TenantState`](crate::TenantState); the server gives it a beginning, a life and an end.
pub trait TenantPart: Any + Send + Sync {
    /// What is asked before any other event of the tenant, whether it may be served.
    ///
    /// # Errors
    /// [`UnknownEvent`] when an event of the module is not in the server's list.
    fn start(self: Arc<Self>, tenant: &LiveTenant) -> Result<Option<Start>, UnknownEvent> {
        let _ = tenant;
        Ok(None)
    }

    /// What runs beside messages, by the clock or by a queue, once the tenant is served. Each ends
    /// by itself when [`LiveTenant::draining`] is cancelled, after the run that is under way.
    ///
    /// # Errors
    /// [`UnknownEvent`] when an event of the module is not in the server's list.
    fn background(self: Arc<Self>, tenant: &LiveTenant) -> Result<Vec<Work>, UnknownEvent> {
        let _ = tenant;
        Ok(Vec::new())
    }

    /// Something happened to a handler of the tenant. Called by whoever changed it or ran it, maybe
    /// under a lock: takes no time, and raises nothing itself.
    fn handler_changed(&self, change: &HandlerChange<'_>) {
        let _ = change;
    }

    /// What is lost when this ends, as the operator calls it: tables, contacts. None where
    /// everything of it is in files or elsewhere.
    fn in_memory(&self) -> Option<&'static str> {
        None
    }

    /// Files that are this tenant's alone, and go with it when the operator says so.
    fn files(&self) -> Vec<PathBuf> {
        Vec::new()
    }

    /// What sees each run of the tenant's handlers, if this is the module that does.
    fn recorder(self: Arc<Self>) -> Option<Arc<dyn RunRecorder>> {
        None
    }

    /// The tenant's databases for other modules to read, if this is the module that has them.
    fn databases(self: Arc<Self>) -> Option<Arc<dyn DatabaseReader>> {
        None
    }

    /// What has to be closed when no run is left. Takes a limited time.
    fn close(self: Arc<Self>) -> Option<Work> {
        None
    }
}

/// Work that is not begun before it is polled.
pub type Work = Pin<Box<dyn Future<Output = ()> + Send>>;

/// A question at the start of a tenant.
pub struct Start {
    /// What it is, for the operator: `htable:mod-init`.
    pub what: &'static str,
    /// Asks it. The error says in one sentence why the tenant does not start.
    pub asked: Pin<Box<dyn Future<Output = Result<(), String>> + Send>>,
}

/// A tenant of a server that runs.
#[derive(Clone, Debug)]
pub struct LiveTenant {
    /// Its name.
    pub id: TenantId,
    /// Its place in the server's list.
    pub index: TenantIndex,
    /// Where events are raised.
    pub emitter: Emitter,
    /// Microseconds since 1970.
    pub clock: fn() -> u64,
    /// Cancelled when the server begins to drain, when the tenant is removed, and when a change of
    /// its configuration begins this part anew.
    pub draining: CancellationToken,
    /// Who sends requests of the server's own.
    pub requests: Arc<dyn OwnRequests>,
}
