//! An authority for tests, made by openssl: it signs certificates and revokes them.

use std::fs;
use std::path::PathBuf;
use std::process::Command;

use tempfile::TempDir;

use crate::{Ended, Error, TestCertificate, run_to_end};

/// Keys of elliptic curves, which are made at once.
const KEY: [&str; 5] = [
    "-newkey",
    "ec",
    "-pkeyopt",
    "ec_paramgen_curve:P-256",
    "-nodes",
];

/// An authority, its key and what it has revoked, in a folder of their own.
#[derive(Debug)]
pub struct TestAuthority {
    folder: TempDir,
}

impl TestAuthority {
    /// One that has revoked nothing.
    ///
    /// # Errors
    /// When openssl is not installed; what it wrote is in the error.
    pub fn new() -> Result<Self, Error> {
        let folder =
            TempDir::new().map_err(Error::file("make a folder in", &std::env::temp_dir()))?;
        let this = Self { folder };
        let database = this.path("index.txt");
        let number = this.path("crlnumber");
        let config = format!(
            "[ca]\ndefault_ca = own\n[own]\ndatabase = {}\ncrlnumber = {}\ndefault_md = sha256\n\
             default_crl_days = 2\n",
            database.display(),
            number.display()
        );
        for (name, text) in [
            ("index.txt", ""),
            ("crlnumber", "01\n"),
            ("ca.cnf", &config),
        ] {
            let path = this.path(name);
            fs::write(&path, text).map_err(Error::file("write", &path))?;
        }
        let mut make = Command::new("openssl");
        make.args(["req", "-x509", "-days", "2", "-subj", "/CN=authority"])
            .args(KEY)
            .args(["-addext", "basicConstraints=critical,CA:TRUE"])
            .args(["-addext", "keyUsage=critical,keyCertSign,cRLSign"])
            .arg("-keyout")
            .arg(this.path("ca-key.pem"))
            .arg("-out")
            .arg(this.certificate());
        done(run_to_end(make)?)?;
        this.list()?;
        Ok(this)
    }

    /// A certificate for these names, such as `DNS:a.example,URI:sip:b.example`.
    ///
    /// # Errors
    /// When openssl does not like the names; what it wrote is in the error.
    pub fn sign(&self, names: &str) -> Result<TestCertificate, Error> {
        let folder =
            TempDir::new().map_err(Error::file("make a folder in", &std::env::temp_dir()))?;
        let request = folder.path().join("request.pem");
        let mut ask = Command::new("openssl");
        ask.args(["req", "-new", "-subj", "/CN=peer"])
            .args(KEY)
            .args(["-addext", &format!("subjectAltName={names}")])
            .arg("-keyout")
            .arg(folder.path().join("key.pem"))
            .arg("-out")
            .arg(&request);
        done(run_to_end(ask)?)?;
        let mut sign = Command::new("openssl");
        sign.args(["x509", "-req", "-days", "2", "-copy_extensions", "copy"])
            .arg("-in")
            .arg(&request)
            .arg("-CA")
            .arg(self.certificate())
            .arg("-CAkey")
            .arg(self.path("ca-key.pem"))
            .arg("-out")
            .arg(folder.path().join("cert.pem"));
        done(run_to_end(sign)?)?;
        Ok(TestCertificate::in_folder(folder))
    }

    /// Takes a certificate back; [`TestAuthority::revoked`] says so from now on.
    ///
    /// # Errors
    /// When it is not of this authority; what openssl wrote is in the error.
    pub fn revoke(&self, certificate: &TestCertificate) -> Result<(), Error> {
        let mut revoke = self.command();
        revoke.arg("-revoke").arg(certificate.certificate());
        done(run_to_end(revoke)?)?;
        self.list()
    }

    /// Its own certificate.
    #[must_use]
    pub fn certificate(&self) -> PathBuf {
        self.path("ca.pem")
    }

    /// The list of what it has revoked.
    #[must_use]
    pub fn revoked(&self) -> PathBuf {
        self.path("crl.pem")
    }

    fn list(&self) -> Result<(), Error> {
        let mut list = self.command();
        list.arg("-gencrl").arg("-out").arg(self.revoked());
        done(run_to_end(list)?)
    }

    fn command(&self) -> Command {
        let mut command = Command::new("openssl");
        command
            .args(["ca", "-batch", "-config"])
            .arg(self.path("ca.cnf"))
            .arg("-keyfile")
            .arg(self.path("ca-key.pem"))
            .arg("-cert")
            .arg(self.certificate());
        command
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }
}

fn done(ended: Ended) -> Result<(), Error> {
    match ended.code {
        Some(0) => Ok(()),
        _ => Err(Error::Unreadable(format!("openssl refuses: {ended:?}"))),
    }
}
