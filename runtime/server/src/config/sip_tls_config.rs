//! `[tls]`, as it is meant.

use std::time::Duration;

use evroute_certificates::{Authorities, ServerSettings};

/// `[tls]`
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct SipTlsConfig {
    /// What clients are shown that ask for no name that a tenant has a certificate for; none where
    /// nothing is listened on over TLS.
    pub server: Option<ServerSettings>,
    /// Whether clients are refused that ask for no name, or for one that nobody has. Default: they
    /// are shown the server's certificate.
    pub sni_must_match: bool,
    /// Whom to believe about those that are called. Default: whom the system does.
    pub authorities: Authorities,
    /// Most handshakes under way. Default 1024.
    pub handshakes_max: usize,
    /// Most handshakes under way with one source. Default 64.
    pub handshakes_per_source_max: usize,
    /// How long a handshake may take. Default 10 s.
    pub handshake: Duration,
}

impl SipTlsConfig {
    /// Whether clients are asked for certificates that are shown the server's.
    pub(super) fn asks_clients(&self) -> bool {
        let server = self.server.as_ref();
        server.is_some_and(|server| server.clients.is_some())
    }
}
