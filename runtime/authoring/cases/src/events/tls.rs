//! Events of certificates.

use evroute_module_tls::events::TlsCertificateExpiring;

use super::{InCases, Kind, kind, missing, quiet};
use crate::case::Case;

pub(super) fn kinds() -> Vec<Kind> {
    vec![kind::<TlsCertificateExpiring>()]
}

impl InCases for TlsCertificateExpiring {
    const EXAMPLE: &'static str = r#"certificate = { names = ["example.com"], days_left = 3 }"#;

    fn build(case: &Case) -> Result<Self, String> {
        let ending = case.certificate.as_ref();
        let ending = ending.ok_or_else(|| missing("certificate = { names, days_left }"))?;
        Ok(Self {
            subject: quiet(case),
            names: ending.names.clone(),
            not_after: ending.not_after,
            days_left: ending.days_left,
        })
    }
}
