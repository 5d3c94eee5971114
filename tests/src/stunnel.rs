//! stunnel: TLS for programs that speak none, such as Debian's SIPp.

use std::fs::{self, File};
use std::net::{Ipv4Addr, SocketAddr};
use std::path::Path;
use std::process::{Child, Command, Stdio};

use tempfile::TempDir;

use crate::sockets::is_bound;
use crate::{Error, TestCertificate, Transport, eventually, free_port};

/// A running stunnel; it ends with this value.
#[derive(Debug)]
pub struct Stunnel {
    /// Where it listens.
    pub address: SocketAddr,
    process: Child,
    folder: TempDir,
}

impl Stunnel {
    /// Takes TCP and speaks TLS to this address, whose certificate must be this one, for this name.
    ///
    /// # Errors
    /// When it is not installed or does not listen; what it wrote is in the error.
    pub fn to(
        server: SocketAddr,
        certificate: &TestCertificate,
        name: &str,
    ) -> Result<Self, Error> {
        let ca = certificate.certificate().display().to_string();
        Self::run(
            server,
            &format!("client = yes\nsni = {name}\nCAfile = {ca}\nverifyPeer = yes\n"),
        )
    }

    /// The same, to whoever is there.
    ///
    /// # Errors
    /// As [`Stunnel::to`].
    pub fn to_anybody(server: SocketAddr) -> Result<Self, Error> {
        Self::run(server, "client = yes\n")
    }

    /// Takes TLS with this certificate and speaks TCP to this port. `more` is its configuration
    /// besides.
    ///
    /// # Errors
    /// As [`Stunnel::to`].
    pub fn before(port: u16, certificate: &TestCertificate, more: &str) -> Result<Self, Error> {
        let to = SocketAddr::from((Ipv4Addr::LOCALHOST, port));
        Self::run(
            to,
            &format!(
                "cert = {}\nkey = {}\n{more}",
                certificate.certificate().display(),
                certificate.key().display()
            ),
        )
    }

    fn run(to: SocketAddr, more: &str) -> Result<Self, Error> {
        let folder =
            TempDir::new().map_err(Error::file("make a folder in", &std::env::temp_dir()))?;
        let address = SocketAddr::from((Ipv4Addr::LOCALHOST, free_port()));
        let file = folder.path().join("stunnel.conf");
        let text = format!(
            "foreground = yes\npid =\ndebug = info\n[sip]\naccept = {address}\nconnect = {to}\n{more}"
        );
        fs::write(&file, text).map_err(Error::file("write", &file))?;
        let log = folder.path().join("log");
        let out = File::create(&log).map_err(Error::file("create", &log))?;
        let also = out.try_clone().map_err(Error::file("share", &log))?;
        let mut command = Command::new("stunnel");
        command
            .arg(&file)
            .stdin(Stdio::null())
            .stdout(out)
            .stderr(also);
        let program = Path::new("stunnel (apt-get install stunnel4)");
        let process = command.spawn().map_err(Error::file("start", program))?;
        let stunnel = Self {
            address,
            process,
            folder,
        };
        let listens = || is_bound(Transport::Tcp, address.port()).then_some(());
        eventually("stunnel listening", listens, || stunnel.log())?;
        Ok(stunnel)
    }

    /// What it has written.
    #[must_use]
    pub fn log(&self) -> String {
        fs::read_to_string(self.folder.path().join("log")).unwrap_or_default()
    }
}

impl Drop for Stunnel {
    fn drop(&mut self) {
        // It may have ended already; then there is nothing to end.
        let _ = self.process.kill();
        let _ = self.process.wait();
        if std::thread::panicking() {
            eprintln!("--- log of stunnel ---\n{}", self.log());
        }
    }
}
