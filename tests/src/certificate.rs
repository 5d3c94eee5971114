//! Certificates for tests, made by openssl.

use std::path::{Path, PathBuf};
use std::process::Command;

use tempfile::TempDir;

use crate::{Error, repository, run_to_end};

/// A certificate that signs itself, and its key, in a folder of their own.
#[derive(Debug)]
pub struct TestCertificate {
    folder: TempDir,
}

impl TestCertificate {
    /// One for these names, such as `DNS:a.example,IP:127.0.0.1`.
    ///
    /// # Errors
    /// When openssl is not installed or does not like the names; what it wrote is in the error.
    pub fn new(names: &str) -> Result<Self, Error> {
        let folder =
            TempDir::new().map_err(Error::file("make a folder in", &std::env::temp_dir()))?;
        let this = Self { folder };
        this.renew(names)?;
        Ok(this)
    }

    /// The one in this folder.
    pub(crate) const fn in_folder(folder: TempDir) -> Self {
        Self { folder }
    }

    /// Another one in the same files.
    ///
    /// # Errors
    /// As [`TestCertificate::new`].
    pub fn renew(&self, names: &str) -> Result<(), Error> {
        let mut command = Command::new(repository().join(".ci/certificate"));
        command.args([
            self.folder.path().as_os_str(),
            "test".as_ref(),
            names.as_ref(),
        ]);
        let made = run_to_end(command)?;
        match made.code {
            Some(0) => Ok(()),
            _ => Err(Error::Unreadable(format!("no certificate: {made:?}"))),
        }
    }

    /// The certificate.
    #[must_use]
    pub fn certificate(&self) -> PathBuf {
        self.folder.path().join("cert.pem")
    }

    /// Its key.
    #[must_use]
    pub fn key(&self) -> PathBuf {
        self.folder.path().join("key.pem")
    }

    /// Its SHA-256, as operators find it; empty where openssl does not read it.
    #[must_use]
    pub fn fingerprint(&self) -> String {
        let mut command = Command::new("openssl");
        command
            .args(["x509", "-noout", "-fingerprint", "-sha256", "-in"])
            .arg(self.certificate());
        let shown = run_to_end(command).map(|shown| shown.out);
        let shown = shown.unwrap_or_default();
        shown
            .trim()
            .rsplit('=')
            .next()
            .unwrap_or_default()
            .to_owned()
    }

    /// Where both are.
    #[must_use]
    pub fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// Both as keys of a section of the configuration.
    #[must_use]
    pub fn toml(&self) -> String {
        let (certificate, key) = (self.certificate(), self.key());
        format!("certificate_file = {certificate:?}\nkey_file = {key:?}\n")
    }
}
