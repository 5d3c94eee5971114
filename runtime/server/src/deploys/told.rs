//! What the modules of a tenant are told of its deploys.

use evroute_deploy::{Activation, ActivationCause, ActivationOrder, HandlerInForce};
use evroute_event::Cause;
use evroute_module_api::{HandlerChange, HandlerChangeKind};

use crate::handlers::TenantHandlers;

/// Tells the tenant's modules that another revision is in force, or that one was taken back. A
/// canary that begins is neither, nor is a drain. `before` is what counted until now.
pub(super) fn tell(
    tenant: &TenantHandlers,
    kept: &HandlerInForce,
    before: Option<&Activation>,
    order: &ActivationOrder<'_>,
) {
    let Some(revision) = kept.activation.current else {
        return;
    };
    let (who, why) = (order.author.name.as_str(), order.why);
    let current = before.and_then(|before| before.current);
    let canary = before.and_then(|before| before.canary);
    let kind = match kept.activation.cause {
        ActivationCause::Activate | ActivationCause::Promote => HandlerChangeKind::Activated {
            revision,
            previous: current,
            who,
            why,
        },
        ActivationCause::Rollback | ActivationCause::Stop => HandlerChangeKind::RolledBack {
            revision,
            taken_back: canary.map(|canary| canary.revision()).or(current),
            who,
            why,
        },
        ActivationCause::Canary | ActivationCause::Drain => return,
    };
    tenant.state.tell(&HandlerChange {
        handler: &kept.handler,
        cause: Cause::outside(tenant.state.index),
        kind,
    });
}
