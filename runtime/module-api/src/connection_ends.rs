//! What the core asks of whichever module tells tenants of connections that are gone.

use evroute_tenant::TenantIndex;
use evroute_transport::EndedConnection;

/// Who tells tenants that connections are gone; see
/// [`Module::connection_ends`](crate::Module::connection_ends).
pub trait ConnectionEnds: Send + Sync {
    /// Whether a tenant wants to know of connections that its requests came over. Asked for each
    /// request on a connection: to be answered at once.
    fn is_told(&self, tenant: TenantIndex) -> bool;

    /// A connection is gone. Called inline by the connection's task.
    fn ended(&self, ended: &EndedConnection);
}
