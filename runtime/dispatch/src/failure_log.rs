//! The line of a run that failed.

use std::time::Instant;

use evroute_event::{Blame, Payload};
use evroute_sandbox::Stack;

use crate::RunRecord;
use crate::subscription::Subscription;

/// Logs a run that failed, with whose fault it is. `filter` is the event filter.
pub(crate) fn log_failure(
    record: &RunRecord<'_>,
    stack: &Stack,
    subscription: &Subscription,
    payload: &dyn Payload,
) {
    let RunRecord {
        handler_context,
        event,
        outcome,
        used,
        ..
    } = record;
    let blame = outcome.blame();
    if blame == Blame::Nobody {
        return;
    }
    let Some(times) = subscription.revision.failures.happened(Instant::now()) else {
        return;
    };
    let suppressed = (times > 1).then(|| times - 1);
    let message = payload.subject().message.as_ref();
    let (call_id, filter) = (
        message.and_then(|message| message.call_id()),
        payload.filter(),
    );
    let (tenant, handler) = (
        handler_context.tenant.id.as_str(),
        handler_context.handler.as_str(),
    );
    let (event, fuel, policy) = (event.as_str(), used.fuel, subscription.revision.policy);
    let limit = outcome
        .limit(&handler_context.limits)
        .map(|limit| limit.to_string());
    let at = (!stack.is_empty()).then(|| stack.to_string());
    match blame {
        Blame::Nobody => {}
        Blame::Host => {
            tracing::error!(tenant, event, filter, handler, call_id, %policy, fuel, %outcome, limit, at, suppressed, "run failed");
        }
        Blame::Guest | Blame::Tenant => {
            tracing::warn!(tenant, event, filter, handler, call_id, %policy, fuel, %outcome, limit, at, suppressed, "run failed");
        }
    }
}
