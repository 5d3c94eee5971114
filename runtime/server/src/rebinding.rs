//! Handlers of a tenant whose state has changed: the same components, bound to the new state.

use std::sync::Arc;

use evroute_dispatch::{LiveRevision, Revisions};
use evroute_module_api::{HandlerContext, TenantState};
use evroute_sandbox::Handler;
use evroute_tenant::TenantIndex;

use crate::StartError;
use crate::handlers::{Handlers, ReadyHandler};

impl Handlers {
    /// The handlers that a tenant's configuration names, as they are in force, with this state:
    /// linked and tried, but not compiled again. For a thread that may be busy.
    ///
    /// The error names the handler.
    pub(crate) fn rebound(
        &self,
        tenant: TenantIndex,
        state: &Arc<TenantState>,
    ) -> Result<Vec<ReadyHandler>, StartError> {
        let configured = self.configured(tenant);
        configured
            .iter()
            .map(|one| self.rebind(one, state))
            .collect()
    }

    fn rebind(
        &self,
        one: &ReadyHandler,
        state: &Arc<TenantState>,
    ) -> Result<ReadyHandler, StartError> {
        let renewed = |revision: &Arc<LiveRevision>| {
            let handler =
                bound_to(revision.handler(), state).map_err(|why| StartError::Handler {
                    tenant: state.id.to_string(),
                    handler: one.config.id.to_string(),
                    why,
                })?;
            Ok::<_, StartError>(self.revision(&one.config, handler))
        };
        let mut revisions = Revisions::new(renewed(one.revisions.active())?);
        if let Some((share, canary)) = one.revisions.canary() {
            revisions = revisions.with_canary(share, renewed(canary)?);
        }
        Ok(ReadyHandler {
            config: one.config.clone(),
            revisions,
        })
    }
}

fn bound_to(handler: &Handler, state: &Arc<TenantState>) -> Result<Arc<Handler>, String> {
    let context = handler.handler_context();
    let context = HandlerContext {
        handler: context.handler.clone(),
        revision: context.revision,
        grants: context.grants.clone(),
        limits: context.limits,
        tenant: Arc::clone(state),
        variables: Arc::clone(&context.variables),
    };
    let bound = handler.with_context(Arc::new(context));
    bound.map(Arc::new).map_err(|refusal| refusal.to_string())
}
