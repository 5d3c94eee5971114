//! What connections are dialled with.

use std::collections::HashMap;
use std::sync::Arc;

use evroute_tenant::CertificatePin;
use rustls::{ClientConfig, RootCertStore};

use crate::peer_verifier::PeerVerifier;
use crate::{Authorities, CertificateError, CertificateFiles, provider};

/// What a tenant, or the server where a tenant says nothing, dials with over TLS.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct ClientSettings {
    /// Whom to believe.
    pub authorities: Authorities,
    /// What is shown to peers that ask for a certificate; none shows none.
    pub files: Option<CertificateFiles>,
    /// By the name that is dialled, in lower case: nothing but these certificates is taken.
    pub pins: HashMap<String, Vec<CertificatePin>>,
}

impl ClientSettings {
    /// Reads their files.
    ///
    /// # Errors
    /// What is wrong with one of them.
    pub fn read(&self) -> Result<Arc<ClientConfig>, CertificateError> {
        self.read_with(self.authorities.read()?)
    }

    fn read_with(&self, roots: Arc<RootCertStore>) -> Result<Arc<ClientConfig>, CertificateError> {
        let provider = provider();
        let verifier = PeerVerifier {
            provider: Arc::clone(&provider),
            roots,
            pins: self.pins.clone(),
        };
        let builder = ClientConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .map_err(|error| CertificateError::of("TLS".as_ref(), error))?
            // It verifies in each of its ways; "dangerous" is that it is not rustls' own.
            .dangerous()
            .with_custom_certificate_verifier(Arc::new(verifier));
        let config = match &self.files {
            None => builder.with_no_client_auth(),
            Some(files) => {
                let loaded = files.load()?;
                let config = builder.with_client_auth_cert(loaded.chain, loaded.key);
                config.map_err(|error| {
                    let why = format!("it does not fit the certificate: {error}");
                    CertificateError::of(&files.key, why)
                })?
            }
        };
        Ok(Arc::new(config))
    }
}
