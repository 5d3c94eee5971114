//! Whom clients have to be signed by.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use rustls::RootCertStore;
use rustls::server::WebPkiClientVerifier;
use rustls::server::danger::ClientCertVerifier;
use rustls_pki_types::CertificateRevocationListDer;
use rustls_pki_types::pem::PemObject;

use crate::certificate_files::read;
use crate::{Authorities, CertificateError, provider};

/// How clients are verified that connect over TLS. Kamailio's `ca_list`, `crl`,
/// `verify_certificate` and `require_certificate`.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct ClientVerification {
    /// Whom their certificates are to be signed by, in PEM; a certificate that signs itself may
    /// stand there, too.
    pub authorities: PathBuf,
    /// Whether a client without a certificate is refused. One with a certificate that is not
    /// verified always is.
    pub is_required: bool,
    /// What those authorities have revoked, in PEM: a list of each that a chain leads through. A
    /// certificate on whose authority there is none is refused, and one whose list is overdue.
    pub revoked: Option<PathBuf>,
}

impl ClientVerification {
    /// Reads its files.
    ///
    /// # Errors
    /// What is wrong with one of them.
    pub fn read(&self) -> Result<Arc<dyn ClientCertVerifier>, CertificateError> {
        let roots: Arc<RootCertStore> = Authorities::File(self.authorities.clone()).read()?;
        let mut builder = WebPkiClientVerifier::builder_with_provider(roots, provider());
        if !self.is_required {
            builder = builder.allow_unauthenticated();
        }
        if let Some(file) = &self.revoked {
            builder = builder
                .with_crls(lists(file)?)
                .enforce_revocation_expiration();
        }
        let wrong = self.revoked.as_ref().unwrap_or(&self.authorities);
        builder
            .build()
            .map_err(|error| CertificateError::of(wrong, error))
    }

    pub(crate) fn paths(&self) -> impl Iterator<Item = &Path> {
        let revoked = self.revoked.iter();
        std::iter::once(&self.authorities)
            .chain(revoked)
            .map(PathBuf::as_path)
    }
}

fn lists(file: &Path) -> Result<Vec<CertificateRevocationListDer<'static>>, CertificateError> {
    let pem = read(file).map_err(|error| CertificateError::of(file, error))?;
    let lists: Result<Vec<_>, _> = CertificateRevocationListDer::pem_slice_iter(&pem).collect();
    let lists = lists.map_err(|error| CertificateError::of(file, error))?;
    match lists.is_empty() {
        true => Err(CertificateError::of(
            file,
            "there is no list of revoked certificates in it",
        )),
        false => Ok(lists),
    }
}
