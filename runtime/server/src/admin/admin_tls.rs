//! TLS of the admin port.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use arc_swap::ArcSwap;
use rustls::ServerConfig;
use rustls::crypto::ring;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use tokio_rustls::TlsAcceptor;
use tokio_util::sync::CancellationToken;

/// How often the files are looked at.
const LOOK_EVERY: Duration = Duration::from_secs(10);

/// The largest file that is read, in bytes: a chain of some certificates.
const FILE_BYTES_MAX: u64 = 1 << 20;

/// Where certificate and key are.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct AdminTlsFiles {
    /// The certificate and those between it and its authority, in PEM.
    pub certificate: PathBuf,
    /// Its private key, in PEM.
    pub key: PathBuf,
}

/// Why TLS cannot be spoken with these files.
#[derive(Debug, thiserror::Error)]
#[error("{}: {why}", .path.display())]
pub struct AdminTlsError {
    path: PathBuf,
    why: String,
}

impl AdminTlsFiles {
    /// Whether TLS can be spoken with them now.
    ///
    /// # Errors
    /// Which of them is wrong, and why.
    pub fn check(&self) -> Result<(), AdminTlsError> {
        self.read().map(|_| ())
    }

    fn read(&self) -> Result<Arc<ServerConfig>, AdminTlsError> {
        let of_certificate = |why: String| AdminTlsError {
            path: self.certificate.clone(),
            why,
        };
        let of_key = |why: String| AdminTlsError {
            path: self.key.clone(),
            why,
        };
        let pem = read(&self.certificate).map_err(|error| of_certificate(error.to_string()))?;
        let chain: Result<Vec<_>, _> = CertificateDer::pem_slice_iter(&pem).collect();
        let chain = chain.map_err(|error| of_certificate(error.to_string()))?;
        if chain.is_empty() {
            return Err(of_certificate("there is no certificate in it".to_owned()));
        }
        let pem = read(&self.key).map_err(|error| of_key(error.to_string()))?;
        let key = PrivateKeyDer::from_pem_slice(&pem).map_err(|error| of_key(error.to_string()))?;
        // The provider is named here and is never the process's: two of them in one process panic.
        let config = ServerConfig::builder_with_provider(Arc::new(ring::default_provider()))
            .with_safe_default_protocol_versions()
            .map_err(|error| of_key(error.to_string()))?
            .with_no_client_auth()
            .with_single_cert(chain, key);
        let fit =
            |error: rustls::Error| of_key(format!("it does not fit the certificate: {error}"));
        let mut config = config.map_err(fit)?;
        config.alpn_protocols = vec![b"http/1.1".to_vec()];
        Ok(Arc::new(config))
    }

    /// When and how large they are; a change of it is a new certificate.
    fn stamp(&self) -> [Option<(SystemTime, u64)>; 2] {
        [&self.certificate, &self.key].map(|path| {
            let found = fs::metadata(path).ok()?;
            Some((found.modified().ok()?, found.len()))
        })
    }
}

fn read(path: &Path) -> io::Result<Vec<u8>> {
    if fs::metadata(path)?.len() > FILE_BYTES_MAX {
        return Err(io::Error::other(format!(
            "it has more than {FILE_BYTES_MAX} bytes"
        )));
    }
    fs::read(path)
}

/// The certificate in use.
#[derive(Debug)]
pub(super) struct AdminTls {
    files: AdminTlsFiles,
    config: ArcSwap<ServerConfig>,
}

impl AdminTls {
    pub(super) fn open(files: &AdminTlsFiles) -> Result<Arc<Self>, AdminTlsError> {
        Ok(Arc::new(Self {
            config: ArcSwap::new(files.read()?),
            files: files.clone(),
        }))
    }

    /// What a new connection is accepted with. Those that are open keep what they began with.
    pub(super) fn acceptor(&self) -> TlsAcceptor {
        TlsAcceptor::from(self.config.load_full())
    }

    /// Takes the files as they are now; what cannot be used leaves the certificate that was.
    pub(super) fn reload(&self) -> Result<(), AdminTlsError> {
        self.config.store(self.files.read()?);
        Ok(())
    }

    /// Looks at the files from time to time, until `stop`.
    pub(super) async fn watch(self: Arc<Self>, stop: CancellationToken) {
        let mut known = self.files.stamp();
        loop {
            let looked = tokio::time::timeout(LOOK_EVERY, stop.cancelled());
            if looked.await.is_ok() {
                return;
            }
            let this = Arc::clone(&self);
            let look = tokio::task::spawn_blocking(move || {
                let stamp = this.files.stamp();
                (stamp != known).then(|| (stamp, this.reload()))
            });
            let Ok(Some((stamp, reloaded))) = look.await else {
                continue;
            };
            known = stamp;
            match reloaded {
                Ok(()) => tracing::info!("the admin port has a new certificate"),
                Err(error) => tracing::error!(%error, "the admin port keeps its certificate"),
            }
        }
    }
}
