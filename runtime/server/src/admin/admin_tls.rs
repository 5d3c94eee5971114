//! TLS of the admin port.

use std::sync::Arc;
use std::time::Duration;

use arc_swap::ArcSwap;
use evroute_certificates::{CertificateError, CertificateFiles};
use rustls::ServerConfig;
use tokio_rustls::TlsAcceptor;
use tokio_util::sync::CancellationToken;

/// How often the files are looked at.
const LOOK_EVERY: Duration = Duration::from_secs(10);

/// The certificate in use.
#[derive(Debug)]
pub(super) struct AdminTls {
    files: CertificateFiles,
    config: ArcSwap<ServerConfig>,
}

impl AdminTls {
    pub(super) fn open(files: &CertificateFiles) -> Result<Arc<Self>, CertificateError> {
        Ok(Arc::new(Self {
            config: ArcSwap::new(config(files)?),
            files: files.clone(),
        }))
    }

    /// What a new connection is accepted with. Those that are open keep what they began with.
    pub(super) fn acceptor(&self) -> TlsAcceptor {
        TlsAcceptor::from(self.config.load_full())
    }

    /// Takes the files as they are now; what cannot be used leaves the certificate that was.
    pub(super) fn reload(&self) -> Result<(), CertificateError> {
        self.config.store(config(&self.files)?);
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

/// TLS with what is in these files, for HTTP.
fn config(files: &CertificateFiles) -> Result<Arc<ServerConfig>, CertificateError> {
    let mut config = files.read()?.config;
    Arc::make_mut(&mut config).alpn_protocols = vec![b"http/1.1".to_vec()];
    Ok(config)
}
