//! A real Kamailio: the second opinion on calls and on blocks.

use std::fs::{self, File};
use std::net::{Ipv4Addr, SocketAddr};
use std::path::Path;
use std::process::{Child, Command, Stdio};

use tempfile::TempDir;

use crate::sockets::is_bound;
use crate::{Error, Transport, eventually, free_port, repository};

/// A running Kamailio; it ends with this value.
#[derive(Debug)]
pub struct Kamailio {
    /// Where it speaks SIP, UDP and TCP.
    pub sip: SocketAddr,
    process: Child,
    folder: TempDir,
}

impl Kamailio {
    /// Starts `tests/e2e/kamailio/proxy.cfg`, the features of the demo's proxy, with one process
    /// for each socket, so that messages keep their order. The users `udp5080` and `tcp5080` live
    /// on this port, over this transport, and so on.
    ///
    /// # Errors
    /// When it is not installed or does not listen; what it wrote is in the error.
    pub fn start() -> Result<Self, Error> {
        let file = repository().join("tests/e2e/kamailio/proxy.cfg");
        Self::run(folder()?, &file, &["-n", "1", "-N", "1", "-m", "64"])
    }

    /// Starts this configuration; `KAMAILIO_DATABASE` in it is a file of its own.
    ///
    /// # Errors
    /// When it is not installed or does not listen; what it wrote is in the error.
    pub fn start_text(text: &str) -> Result<Self, Error> {
        let folder = folder()?;
        let database = folder.path().join("kamailio.db").display().to_string();
        let file = folder.path().join("routes.cfg");
        let text = text.replace("KAMAILIO_DATABASE", &database);
        fs::write(&file, text).map_err(Error::file("write", &file))?;
        Self::run(folder, &file, &["-m", "32"])
    }

    fn run(folder: TempDir, file: &Path, arguments: &[&str]) -> Result<Self, Error> {
        let log = folder.path().join("log");
        let out = File::create(&log).map_err(Error::file("create", &log))?;
        let also = out.try_clone().map_err(Error::file("share", &log))?;
        let port = free_port();
        let mut command = Command::new("kamailio");
        command
            .args(["-DD", "-E", "-M", "8"])
            .args(arguments)
            .args(["-f".as_ref(), file.as_os_str()])
            .args(["-l", &format!("udp:127.0.0.1:{port}")])
            .args(["-l", &format!("tcp:127.0.0.1:{port}")])
            .args(["-w".as_ref(), folder.path().as_os_str()])
            .args(["-Y".as_ref(), folder.path().as_os_str()])
            .stdin(Stdio::null())
            .stdout(out)
            .stderr(also);
        let program = Path::new("kamailio");
        let process = command.spawn().map_err(Error::file("start", program))?;
        let kamailio = Self {
            sip: SocketAddr::from((Ipv4Addr::LOCALHOST, port)),
            process,
            folder,
        };
        let listens = || {
            let both = [Transport::Udp, Transport::Tcp].map(|transport| is_bound(transport, port));
            (both == [true, true]).then_some(())
        };
        eventually("Kamailio listening", listens, || kamailio.log())?;
        Ok(kamailio)
    }

    /// What it has written.
    #[must_use]
    pub fn log(&self) -> String {
        fs::read_to_string(self.folder.path().join("log")).unwrap_or_default()
    }
}

impl Drop for Kamailio {
    fn drop(&mut self) {
        // Its main process ends the others when it is asked to, not when it is killed.
        let mut ask = Command::new("kill");
        let asked = ask.arg(self.process.id().to_string()).status();
        if !asked.is_ok_and(|status| status.success()) {
            // Nobody can ask it: better some processes are left than that nobody's wait ends.
            let _ = self.process.kill();
        }
        let _ = self.process.wait();
    }
}

fn folder() -> Result<TempDir, Error> {
    TempDir::new().map_err(Error::file("make a folder in", &std::env::temp_dir()))
}
