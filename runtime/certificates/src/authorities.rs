//! Whom we believe that a certificate is somebody's.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use rustls::RootCertStore;
use rustls_pki_types::CertificateDer;
use rustls_pki_types::pem::PemObject;

use crate::CertificateError;
use crate::certificate_files::read;

/// The certificates of authorities: those of the system, or those in a file.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Authorities {
    /// What the system trusts.
    System,
    /// What is in this file, in PEM, and nothing else.
    File(PathBuf),
}

impl Authorities {
    /// Reads them.
    ///
    /// # Errors
    /// What is wrong with the file. Of the system those are taken that can be read, which may be
    /// none: then nobody is believed.
    pub fn read(&self) -> Result<Arc<RootCertStore>, CertificateError> {
        let mut roots = RootCertStore::empty();
        match self {
            Self::System => {
                let found = rustls_native_certs::load_native_certs().certs;
                roots.add_parsable_certificates(found);
            }
            Self::File(file) => add(&mut roots, file)?,
        }
        Ok(Arc::new(roots))
    }
}

fn add(roots: &mut RootCertStore, file: &Path) -> Result<(), CertificateError> {
    let pem = read(file).map_err(|error| CertificateError::of(file, error))?;
    for certificate in CertificateDer::pem_slice_iter(&pem) {
        let certificate = certificate.map_err(|error| CertificateError::of(file, error))?;
        let added = roots.add(certificate);
        added.map_err(|error| CertificateError::of(file, error))?;
    }
    match roots.is_empty() {
        true => Err(CertificateError::of(file, "there is no certificate in it")),
        false => Ok(()),
    }
}
