//! From a refusal to the handlers that are told of it: beside the request's way, so that whoever
//! guesses passwords waits for no handler.

use evroute_event::Cause;
use evroute_module_api::EventReports;
use evroute_tenant::TenantId;

use crate::events::RegistrarAuthFailed;

/// Puts one in. One that finds no room is counted and logged.
pub(crate) fn report(
    reports: &EventReports<RegistrarAuthFailed>,
    tenant: &TenantId,
    cause: Cause,
    failed: RegistrarAuthFailed,
) {
    if let Some(times) = reports.put(cause, failed) {
        tracing::warn!(
            tenant = tenant.as_str(),
            times,
            "handlers are not told of users that were not authenticated, since too many of \
             these events wait, or the tenant stops; handle registrar:auth-failed faster, or \
             raise events_queued_max in [tenant.quota]"
        );
    }
}
