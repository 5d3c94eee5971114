//! Events of users that show who they are.

use evroute_module_auth::AuthResult;
use evroute_module_auth::events::RegistrarAuthFailed;

use super::{InCases, Kind, kind, missing, quiet};
use crate::case::Case;

pub(super) fn kinds() -> Vec<Kind> {
    vec![kind::<RegistrarAuthFailed>()]
}

/// The reasons that the event has.
const REASONS: [AuthResult; 3] = [
    AuthResult::Wrong,
    AuthResult::Replayed,
    AuthResult::Forbidden,
];

impl InCases for RegistrarAuthFailed {
    const EXAMPLE: &'static str = r#"auth_failed = { user = "alice", realm = "example.com", source = "203.0.113.5:5060", method = "REGISTER", reason = "wrong", failures = 1 }"#;

    fn build(case: &Case) -> Result<Self, String> {
        let failed = case.auth_failed.as_ref();
        let keys = "auth_failed = { user, realm, source, method, reason }";
        let failed = failed.ok_or_else(|| missing(keys))?;
        let known = REASONS
            .into_iter()
            .find(|one| one.as_str() == failed.reason);
        let reason = known.ok_or_else(|| {
            let known = REASONS.map(AuthResult::as_str).join(", ");
            format!(
                "auth_failed.reason: {:?} is none; write one of {known}",
                failed.reason
            )
        })?;
        Ok(Self {
            subject: quiet(case),
            user_name: failed.user.clone(),
            realm: failed.realm.clone(),
            source: failed.source,
            method: failed.method.clone(),
            call_id: failed.call_id.clone(),
            reason,
            failures: failed.failures,
        })
    }
}
