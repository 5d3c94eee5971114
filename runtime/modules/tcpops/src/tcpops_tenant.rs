//! What the module keeps for a tenant.

use std::sync::Arc;

use evroute_event::UnknownEvent;
use evroute_module_api::{EventReports, LiveTenant, TenantPart, Work};
use evroute_tenant::TenantId;

use crate::TcpClosed;

/// The connections that a tenant's handlers are still to be told of.
#[derive(Debug)]
pub struct TcpopsTenant {
    pub(crate) id: TenantId,
    pub(crate) closed: EventReports<TcpClosed>,
}

impl TcpopsTenant {
    pub(crate) fn new(id: TenantId, events_queued_max: u32) -> Self {
        Self {
            id,
            closed: EventReports::new(events_queued_max),
        }
    }
}

impl TenantPart for TcpopsTenant {
    /// Tells handlers of connections that are gone.
    fn background(self: Arc<Self>, tenant: &LiveTenant) -> Result<Vec<Work>, UnknownEvent> {
        self.closed.raise(tenant)
    }
}
