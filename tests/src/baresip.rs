//! baresip: a phone that speaks TLS and shows its password by itself.

use std::fs::{self, File};
use std::io::Write;
use std::net::SocketAddr;
use std::path::Path;
use std::process::{Child, ChildStdin, Command, Stdio};

use tempfile::TempDir;

use crate::{Error, TestCertificate, eventually, free_port};

/// A running baresip; it ends with this value.
#[derive(Debug)]
pub struct Baresip {
    process: Child,
    commands: ChildStdin,
    folder: TempDir,
}

impl Baresip {
    /// A phone of this user that registers over TLS at a server with this certificate, and answers
    /// calls.
    ///
    /// # Errors
    /// When it is not installed.
    pub fn start(
        user: &str,
        server: SocketAddr,
        certificate: &TestCertificate,
    ) -> Result<Self, Error> {
        let ca = certificate.certificate().display().to_string();
        let account = format!(
            "<sip:{user}@{server};transport=tls>;auth_pass=none;answermode=auto;regint=600"
        );
        Self::with(&config(Some(&ca)), &account)
    }

    /// A phone with this account, a line of its file `accounts`.
    ///
    /// # Errors
    /// When it is not installed.
    pub fn of_account(account: &str) -> Result<Self, Error> {
        Self::with(&config(None), account)
    }

    fn with(config: &str, account: &str) -> Result<Self, Error> {
        let folder =
            TempDir::new().map_err(Error::file("make a folder in", &std::env::temp_dir()))?;
        for (name, text) in [("config", config), ("accounts", account), ("contacts", "")] {
            let file = folder.path().join(name);
            fs::write(&file, format!("{text}\n")).map_err(Error::file("write", &file))?;
        }
        let log = folder.path().join("log");
        let out = File::create(&log).map_err(Error::file("create", &log))?;
        let also = out.try_clone().map_err(Error::file("share", &log))?;
        let mut command = Command::new("baresip");
        command
            .args(["-f".as_ref(), folder.path().as_os_str()])
            .args(["-s", "-4"]);
        command.stdin(Stdio::piped()).stdout(out).stderr(also);
        let program = Path::new("baresip");
        let mut process = command.spawn().map_err(Error::file("start", program))?;
        let none = || Error::Unreadable("baresip has no input".to_owned());
        let commands = process.stdin.take().ok_or_else(none)?;
        Ok(Self {
            process,
            commands,
            folder,
        })
    }

    /// Types a command.
    ///
    /// # Errors
    /// When it has ended.
    pub fn command(&self, command: &str) -> Result<(), Error> {
        let failed = Error::file("write to", Path::new("baresip"));
        (&self.commands)
            .write_all(format!("{command}\n").as_bytes())
            .map_err(failed)
    }

    /// Waits until it has written this.
    ///
    /// # Errors
    /// [`Error::Late`] with all that it has written.
    pub fn wrote(&self, words: &str) -> Result<(), Error> {
        let find = || self.log().contains(words).then_some(());
        eventually(&format!("baresip writing {words:?}"), find, || self.log())
    }

    /// What it has written.
    #[must_use]
    pub fn log(&self) -> String {
        fs::read_to_string(self.folder.path().join("log")).unwrap_or_default()
    }
}

impl Drop for Baresip {
    fn drop(&mut self) {
        // It may have ended already; then there is nothing to end.
        let _ = self.process.kill();
        let _ = self.process.wait();
        if std::thread::panicking() {
            eprintln!("--- log of baresip ---\n{}", self.log());
        }
    }
}

/// Sound comes from a generator and goes nowhere.
fn config(ca: Option<&str>) -> String {
    let port = free_port();
    let ca = ca.map_or(String::new(), |ca| {
        format!("sip_cafile {ca}\nsip_verify_server yes\n")
    });
    // Its way to the loopback interface, where there is no other; the codec that takes what the
    // generator makes.
    format!(
        "sip_listen 127.0.0.1:{port}\nnet_interface 127.0.0.1\n{ca}\
         module_path /usr/lib/baresip/modules\nmodule stdio.so\n\
         module opus.so\nmodule ausine.so\nmodule aufile.so\naudio_source ausine,400\n\
         audio_player aufile,/dev/null\naudio_alert aufile,/dev/null\nmodule_tmp account.so\n\
         module_app menu.so\n"
    )
}
