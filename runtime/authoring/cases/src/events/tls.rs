//! Events of certificates, and of connections over TLS.

use evroute_module_tls::events::{TlsCertificateExpiring, TlsConnectionOut};

use super::{InCases, Kind, kind, missing, quiet};
use crate::case::Case;

pub(super) fn kinds() -> Vec<Kind> {
    vec![kind::<TlsCertificateExpiring>(), kind::<TlsConnectionOut>()]
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

impl InCases for TlsConnectionOut {
    const EXAMPLE: &'static str =
        r#"dial = { name = "sip.carrier.example", address = "203.0.113.5:5061" }"#;

    fn build(case: &Case) -> Result<Self, String> {
        let dial = case.dial.as_ref();
        let dial = dial.ok_or_else(|| missing("dial = { name, address }"))?;
        Ok(Self {
            subject: quiet(case),
            name: dial.name.clone(),
            address: dial.address,
        })
    }
}
