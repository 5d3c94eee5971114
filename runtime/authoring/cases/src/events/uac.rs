//! Events of trunks.

use evroute_module_uac::{UacFailed, UacRegistered};

use super::{InCases, Kind, kind, missing, quiet};
use crate::case::{Case, CaseTrunk};

pub(super) fn kinds() -> Vec<Kind> {
    vec![kind::<UacRegistered>(), kind::<UacFailed>()]
}

fn trunk(case: &Case) -> Result<CaseTrunk, String> {
    let trunk = case.trunk.clone();
    trunk.ok_or_else(|| missing("trunk = { name, registrar, user }"))
}

impl InCases for UacRegistered {
    const EXAMPLE: &'static str = concat!(
        r#"trunk = { name = "carrier", registrar = "sip:sip.carrier.example", "#,
        r#"user = "442071234567", expires = 3600 }"#
    );

    fn build(case: &Case) -> Result<Self, String> {
        let trunk = trunk(case)?;
        Ok(Self {
            subject: quiet(case),
            trunk: trunk.name,
            registrar: trunk.registrar,
            user: trunk.user,
            expires: trunk.expires,
        })
    }
}

impl InCases for UacFailed {
    const EXAMPLE: &'static str = concat!(
        r#"trunk = { name = "carrier", registrar = "sip:sip.carrier.example", "#,
        r#"user = "442071234567", code = 401, reason = "the password is wrong", "#,
        r#"failures = 1, retry_seconds = 30 }"#
    );

    fn build(case: &Case) -> Result<Self, String> {
        let trunk = trunk(case)?;
        Ok(Self {
            subject: quiet(case),
            trunk: trunk.name,
            registrar: trunk.registrar,
            user: trunk.user,
            status: trunk.code,
            reason: trunk.reason,
            failures: trunk.failures,
            retry_seconds: trunk.retry_seconds,
        })
    }
}
