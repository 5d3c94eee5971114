//! What is true for all runs of one handler.

use std::sync::Arc;

use evroute_tenant::{Grants, HandlerId, Revision, RunLimits};

use crate::{TenantState, Variables};

/// What is true for all runs of one revision of a handler.
#[derive(Debug)]
pub struct HandlerContext {
    /// The handler's name in the tenant's configuration.
    pub handler: HandlerId,
    /// Which deploy of it.
    pub revision: Revision,
    /// What it may use.
    pub grants: Grants,
    /// What a run may cost.
    pub limits: RunLimits,
    /// Whose it is.
    pub tenant: Arc<TenantState>,
    /// The pseudo-variables of this server.
    pub variables: Arc<Variables>,
}
