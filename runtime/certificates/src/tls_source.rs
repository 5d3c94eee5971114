//! Files that TLS is spoken with, looked at again while the server runs.

use std::fs;
use std::path::Path;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, SystemTime};

use ring::digest::{Context, SHA256};
use rustls::ClientConfig;

use crate::certificate_files::read;
use crate::{
    Authorities, CertificateError, CertificateFiles, ClientSettings, ServerCertificate,
    ServerSettings,
};

/// The files of the server or of a tenant, and what was last read of them.
///
/// They are looked at by time and size; what is then read counts by its digest. A file that cannot
/// be used leaves what was, and is told once for each change.
#[derive(Debug)]
pub struct TlsSource {
    server: Option<ServerSettings>,
    client: Option<ClientSettings>,
    known: Mutex<Known>,
    failures: AtomicU64,
}

/// What was read.
#[derive(Debug)]
pub struct LoadedTls {
    /// What clients are shown; none where there is no certificate of its own.
    pub certificate: Option<Arc<ServerCertificate>>,
    /// What connections are dialled with; none where none are.
    pub client: Option<Arc<ClientConfig>>,
    digest: [u8; 32],
}

#[derive(Debug)]
struct Known {
    stamp: Stamp,
    digest: [u8; 32],
    certificate: Option<Arc<ServerCertificate>>,
}

/// When each file was changed, and how large it is.
type Stamp = Vec<Option<(SystemTime, u64)>>;

impl TlsSource {
    /// How often files are looked at.
    pub const LOOK_EVERY: Duration = Duration::from_secs(30);

    /// Reads files for the first time.
    ///
    /// # Errors
    /// What is wrong with one of them.
    pub fn open(
        server: Option<ServerSettings>,
        client: Option<ClientSettings>,
    ) -> Result<(Self, LoadedTls), CertificateError> {
        let known = Known {
            stamp: Vec::new(),
            digest: [0; 32],
            certificate: None,
        };
        let source = Self {
            server,
            client,
            known: Mutex::new(known),
            failures: AtomicU64::new(0),
        };
        let stamp = source.stamp();
        let loaded = source.load()?;
        source.remember(stamp, &loaded);
        Ok((source, loaded))
    }

    /// What is new in the files since they were read; none where nothing is. `is_forced` reads them
    /// even where they look the same.
    ///
    /// # Errors
    /// What is wrong with one of them. What was is left.
    pub fn look(&self, is_forced: bool) -> Result<Option<LoadedTls>, CertificateError> {
        let stamp = self.stamp();
        {
            let mut known = self.known();
            if !is_forced && known.stamp == stamp {
                return Ok(None);
            }
            // What cannot be used is told once.
            known.stamp.clone_from(&stamp);
        }
        let loaded = self.load().inspect_err(|_| {
            self.failures.fetch_add(1, Ordering::Relaxed);
        })?;
        if self.known().digest == loaded.digest {
            return Ok(None);
        }
        self.remember(stamp, &loaded);
        Ok(Some(loaded))
    }

    /// The certificate that was read last, whatever is in its file now.
    #[must_use]
    pub fn certificate(&self) -> Option<Arc<ServerCertificate>> {
        self.known().certificate.clone()
    }

    /// How often changed files could not be used.
    #[must_use]
    pub fn failures(&self) -> u64 {
        self.failures.load(Ordering::Relaxed)
    }

    fn remember(&self, stamp: Stamp, loaded: &LoadedTls) {
        *self.known() = Known {
            stamp,
            digest: loaded.digest,
            certificate: loaded.certificate.clone(),
        };
    }

    fn load(&self) -> Result<LoadedTls, CertificateError> {
        // Before they are read: what changes in between is found by the next look.
        let mut digest = Context::new(&SHA256);
        for path in self.paths() {
            let bytes = read(path).map_err(|error| CertificateError::of(path, error))?;
            digest.update(&bytes.len().to_le_bytes());
            digest.update(&bytes);
        }
        let mut sum = [0; 32];
        sum.copy_from_slice(digest.finish().as_ref());
        let certificate = self.server.as_ref().map(ServerSettings::read).transpose()?;
        let client = self.client.as_ref().map(ClientSettings::read).transpose()?;
        Ok(LoadedTls {
            certificate: certificate.map(Arc::new),
            client,
            digest: sum,
        })
    }

    fn stamp(&self) -> Stamp {
        let stamp = |path: &Path| {
            let found = fs::metadata(path).ok()?;
            Some((found.modified().ok()?, found.len()))
        };
        self.paths().map(stamp).collect()
    }

    fn paths(&self) -> impl Iterator<Item = &Path> {
        let shown = self
            .client
            .as_ref()
            .and_then(|client| client.files.as_ref());
        let of_server = self.server.iter().flat_map(ServerSettings::paths);
        let authorities = self.client.as_ref().map(|client| &client.authorities);
        let authorities = authorities.and_then(|authorities| match authorities {
            Authorities::System => None,
            Authorities::File(path) => Some(path.as_path()),
        });
        let shown = shown.into_iter().flat_map(CertificateFiles::paths);
        of_server.chain(shown).chain(authorities)
    }

    fn known(&self) -> MutexGuard<'_, Known> {
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
