//! baresip: a phone that speaks TLS and shows its password by itself.

use std::fs::{self, File};
use std::io::Write;
use std::net::{Ipv4Addr, SocketAddr};
use std::path::Path;
use std::process::{Child, ChildStdin, Command, Stdio};

use tempfile::TempDir;

use crate::{Error, TestCertificate, TwoNats, eventually, free_port};

const PROGRAM: &str = "baresip";

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
        Self::with(Command::new(PROGRAM), &loopback(Some(&ca)), &account)
    }

    /// A phone with this account, a line of its file `accounts`.
    ///
    /// # Errors
    /// When it is not installed.
    pub fn of_account(account: &str) -> Result<Self, Error> {
        Self::with(Command::new(PROGRAM), &loopback(None), account)
    }

    /// A phone with this account behind the NAT with this number.
    ///
    /// # Errors
    /// When it is not installed.
    pub fn behind(nats: &TwoNats, number: u8, account: &str) -> Result<Self, Error> {
        let command = nats.phone(number, Path::new(PROGRAM));
        Self::with(command, &config("eth0", TwoNats::PHONE, 5060, ""), account)
    }

    fn with(mut command: Command, config: &str, account: &str) -> Result<Self, Error> {
        let folder =
            TempDir::new().map_err(Error::file("make a folder in", &std::env::temp_dir()))?;
        for (name, text) in [("config", config), ("accounts", account), ("contacts", "")] {
            let file = folder.path().join(name);
            fs::write(&file, format!("{text}\n")).map_err(Error::file("write", &file))?;
        }
        let log = folder.path().join("log");
        let out = File::create(&log).map_err(Error::file("create", &log))?;
        let also = out.try_clone().map_err(Error::file("share", &log))?;
        command
            .args(["-f".as_ref(), folder.path().as_os_str()])
            .args(["-s", "-4"]);
        command.stdin(Stdio::piped()).stdout(out).stderr(also);
        let program = Path::new(PROGRAM);
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
        let failed = Error::file("write to", Path::new(PROGRAM));
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

    /// Waits until it has written this so many times.
    ///
    /// # Errors
    /// [`Error::Late`] with all that it has written.
    pub fn wrote_times(&self, words: &str, times: usize) -> Result<(), Error> {
        let find = || (self.log().matches(words).count() >= times).then_some(());
        let what = format!("baresip writing {words:?} {times} times");
        eventually(&what, find, || self.log())
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

/// On the loopback interface.
fn loopback(ca: Option<&str>) -> String {
    let ca = ca.map_or(String::new(), |ca| {
        format!("sip_cafile {ca}\nsip_verify_server yes\n")
    });
    let here = Ipv4Addr::LOCALHOST;
    config(&here.to_string(), here, free_port(), &ca)
}

/// Sound comes from a generator and goes nowhere.
fn config(interface: &str, address: Ipv4Addr, port: u16, tls: &str) -> String {
    // Its way to the loopback interface, where there is no other; the codec that takes what the
    // generator makes.
    format!(
        "sip_listen {address}:{port}\nnet_interface {interface}\n{tls}\
         module_path /usr/lib/baresip/modules\nmodule stdio.so\n\
         module opus.so\nmodule ausine.so\nmodule aufile.so\naudio_source ausine,400\n\
         audio_player aufile,/dev/null\naudio_alert aufile,/dev/null\nmodule_tmp account.so\n\
         module_app menu.so\n"
    )
}
