//! Where a certificate and its key are.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use rustls_pki_types::pem::PemObject;
use rustls_pki_types::{CertificateDer, PrivateKeyDer};

use crate::{CertificateError, ServerCertificate};

/// The largest file that is read, in bytes: a chain of some certificates.
const FILE_BYTES_MAX: u64 = 1 << 20;

/// Where certificate and key are.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub struct CertificateFiles {
    /// The certificate and those between it and its authority, in PEM.
    pub certificate: PathBuf,
    /// Its private key, in PEM.
    pub key: PathBuf,
}

/// When and how large the files are.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct FileStamp([Option<(SystemTime, u64)>; 2]);

/// A certificate with those above it, and its key.
pub(crate) struct LoadedCertificate {
    pub(crate) chain: Vec<CertificateDer<'static>>,
    pub(crate) key: PrivateKeyDer<'static>,
}

impl CertificateFiles {
    /// What to do about a [`CertificateError`], for the configuration.
    pub const FIX: &'static str = "write the certificate, then those between it and its authority, \
                                   in PEM, and its key beside it";

    /// Whether TLS can be spoken with them now.
    ///
    /// # Errors
    /// Which of them is wrong, and why.
    pub fn check(&self) -> Result<(), CertificateError> {
        self.read().map(drop)
    }

    /// What is in them.
    ///
    /// # Errors
    /// Which of them is wrong, and why.
    pub fn read(&self) -> Result<ServerCertificate, CertificateError> {
        ServerCertificate::new(self.load()?, self, None)
    }

    /// When and how large they are now.
    #[must_use]
    pub fn stamp(&self) -> FileStamp {
        FileStamp([&self.certificate, &self.key].map(|path| {
            let found = fs::metadata(path).ok()?;
            Some((found.modified().ok()?, found.len()))
        }))
    }

    pub(crate) fn paths(&self) -> impl Iterator<Item = &Path> {
        [self.certificate.as_path(), self.key.as_path()].into_iter()
    }

    pub(crate) fn load(&self) -> Result<LoadedCertificate, CertificateError> {
        let of_certificate = |why: String| CertificateError::of(&self.certificate, why);
        let of_key = |why: String| CertificateError::of(&self.key, why);
        let pem = read(&self.certificate).map_err(|error| of_certificate(error.to_string()))?;
        let chain: Result<Vec<_>, _> = CertificateDer::pem_slice_iter(&pem).collect();
        let chain = chain.map_err(|error| of_certificate(error.to_string()))?;
        if chain.is_empty() {
            return Err(of_certificate("there is no certificate in it".to_owned()));
        }
        let key_pem = read(&self.key).map_err(|error| of_key(error.to_string()))?;
        let key =
            PrivateKeyDer::from_pem_slice(&key_pem).map_err(|error| of_key(error.to_string()))?;
        Ok(LoadedCertificate { chain, key })
    }
}

pub(crate) fn read(path: &Path) -> io::Result<Vec<u8>> {
    if fs::metadata(path)?.len() > FILE_BYTES_MAX {
        return Err(io::Error::other(format!(
            "it has more than {FILE_BYTES_MAX} bytes"
        )));
    }
    fs::read(path)
}
