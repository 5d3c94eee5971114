//! `[tls]`, as it is meant.

use std::time::Duration;

use evroute_certificates::{Authorities, CertificateFiles};

/// `[tls]`
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct SipTlsConfig {
    /// What clients are shown that ask for no name that a tenant has a certificate for; none where
    /// nothing is listened on over TLS.
    pub files: Option<CertificateFiles>,
    /// Whom to believe about those that are called. Default: whom the system does.
    pub authorities: Authorities,
    /// Most handshakes under way. Default 1024.
    pub handshakes_max: usize,
    /// Most handshakes under way with one source. Default 64.
    pub handshakes_per_source_max: usize,
    /// How long a handshake may take. Default 10 s.
    pub handshake: Duration,
}
