//! One certificate that TLS is spoken with.

use std::fmt;
use std::sync::Arc;

use rustls::ServerConfig;
use rustls::server::NoServerSessionStorage;
use rustls::server::danger::ClientCertVerifier;
use webpki::EndEntityCert;

use crate::certificate_files::LoadedCertificate;
use crate::validity::not_after;
use crate::{CertificateError, CertificateFiles, provider};

const DAY_SECONDS: u64 = 86_400;

/// A certificate of ours and what clients are accepted with.
#[derive(Clone)]
pub struct ServerCertificate {
    /// TLS 1.2 and 1.3 with it. No ALPN: SIP has none that phones agree on.
    pub config: Arc<ServerConfig>,
    /// The names that it is for, in lower case; `*.example.com` among them. Empty where it has none
    /// in its subjectAltName, which clients of today refuse (RFC 6125 6.4.4).
    pub names: Vec<String>,
    /// Its last second, since 1970; none where it cannot be told.
    pub not_after: Option<u64>,
}

impl ServerCertificate {
    pub(crate) fn new(
        loaded: LoadedCertificate,
        files: &CertificateFiles,
        clients: Option<Arc<dyn ClientCertVerifier>>,
    ) -> Result<Self, CertificateError> {
        let LoadedCertificate { chain, key } = loaded;
        let of_key = |why: String| CertificateError::of(&files.key, why);
        let first = chain.first();
        let names = first.map_or_else(Vec::new, |certificate| {
            let parsed = EndEntityCert::try_from(certificate);
            parsed.map_or_else(
                |_| Vec::new(),
                |parsed| {
                    parsed
                        .valid_dns_names()
                        .map(str::to_ascii_lowercase)
                        .collect()
                },
            )
        });
        let not_after = first.and_then(|certificate| not_after(certificate));
        let builder = ServerConfig::builder_with_provider(provider())
            .with_safe_default_protocol_versions()
            .map_err(|error| of_key(error.to_string()))?;
        let verifies = clients.is_some();
        let builder = match clients {
            None => builder.with_no_client_auth(),
            Some(verifier) => builder.with_client_cert_verifier(verifier),
        };
        let config = builder.with_single_cert(chain, key);
        let mut config =
            config.map_err(|error| of_key(format!("it does not fit the certificate: {error}")))?;
        if verifies {
            // What goes on from an earlier session is not verified again, whatever has been revoked
            // or has ended since.
            config.session_storage = Arc::new(NoServerSessionStorage {});
            config.send_tls13_tickets = 0;
        }
        Ok(Self {
            config: Arc::new(config),
            names,
            not_after,
        })
    }
}

impl ServerCertificate {
    /// Whether it has a name, in lower case, or `*.` and the rest of it.
    pub(crate) fn is_for(&self, name: &str) -> bool {
        let is_it = |known: &String| {
            let rest = known.strip_prefix("*.");
            let is_below = rest.is_some_and(|rest| {
                let below = name.split_once('.');
                below.is_some_and(|(_, below)| below == rest)
            });
            known == name || is_below
        };
        self.names.iter().any(is_it)
    }

    /// How many whole days are left, 0 when it has ended; none where its end cannot be told. `now`
    /// is in seconds since 1970.
    #[must_use]
    pub fn days_left(&self, now: u64) -> Option<u64> {
        let left = self.not_after?.saturating_sub(now);
        Some(left / DAY_SECONDS)
    }
}

impl fmt::Debug for ServerCertificate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ServerCertificate")
            .field("names", &self.names)
            .field("not_after", &self.not_after)
            .finish_non_exhaustive()
    }
}
