//! Whose phones have registered over which connection.

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use evroute_tenant::TenantIndex;
use evroute_transport::ConnectionId;

/// The tenants of each connection that phones have registered over, as long as it is there: one,
/// but for a trunk of several.
#[derive(Debug, Default)]
pub(super) struct RegisteredConnections(Mutex<HashMap<ConnectionId, Vec<TenantIndex>>>);

impl RegisteredConnections {
    pub(super) fn add(&self, connection: ConnectionId, tenant: TenantIndex) {
        let mut connections = self.lock();
        let tenants = connections.entry(connection).or_default();
        if !tenants.contains(&tenant) {
            tenants.push(tenant);
        }
    }

    /// The connection is gone.
    pub(super) fn take(&self, connection: ConnectionId) -> Vec<TenantIndex> {
        self.lock().remove(&connection).unwrap_or_default()
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<ConnectionId, Vec<TenantIndex>>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
