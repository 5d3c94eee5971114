//! Linphone: a phone that answers challenges of SHA-256.

use std::fs::{self, File};
use std::net::SocketAddr;
use std::path::Path;
use std::process::{Child, ChildStdin, Command, Stdio};

use tempfile::TempDir;

use crate::{Error, free_port};

const PROGRAM: &str = "linphonec";

/// A running linphonec; it ends with this value.
#[derive(Debug)]
pub struct Linphone {
    process: Child,
    folder: TempDir,
    /// It ends with its input.
    _commands: ChildStdin,
}

impl Linphone {
    /// A phone of this user that registers at this server, over UDP, with this password.
    ///
    /// # Errors
    /// When it is not installed.
    pub fn start(user: &str, password: &str, server: SocketAddr) -> Result<Self, Error> {
        let folder =
            TempDir::new().map_err(Error::file("make a folder in", &std::env::temp_dir()))?;
        // Without it, it does not begin.
        let data = folder.path().join(".local/share/linphone");
        fs::create_dir_all(&data).map_err(Error::file("make", &data))?;
        let file = folder.path().join("linphonerc");
        let config = config(user, password, server);
        fs::write(&file, config).map_err(Error::file("write", &file))?;
        let log = folder.path().join("log");
        let out = File::create(&log).map_err(Error::file("create", &log))?;
        let also = out.try_clone().map_err(Error::file("share", &log))?;
        let mut process = Command::new(PROGRAM)
            .args(["-d", "3", "-c"])
            .arg(&file)
            .env("HOME", folder.path())
            .stdin(Stdio::piped())
            .stdout(out)
            .stderr(also)
            .spawn()
            .map_err(Error::file("start", Path::new(PROGRAM)))?;
        let none = || Error::Unreadable("linphonec has no input".to_owned());
        let commands = process.stdin.take().ok_or_else(none)?;
        Ok(Self {
            process,
            folder,
            _commands: commands,
        })
    }

    /// What it has written.
    #[must_use]
    pub fn log(&self) -> String {
        fs::read_to_string(self.folder.path().join("log")).unwrap_or_default()
    }
}

impl Drop for Linphone {
    fn drop(&mut self) {
        // It may have ended already; then there is nothing to end.
        let _ = self.process.kill();
        let _ = self.process.wait();
        if std::thread::panicking() {
            eprintln!("--- log of linphonec ---\n{}", self.log());
        }
    }
}

fn config(user: &str, password: &str, server: SocketAddr) -> String {
    let (host, port) = (server.ip(), free_port());
    format!(
        "[sip]\nsip_port={port}\nsip_tcp_port=0\nsip_tls_port=0\ndefault_proxy=0\n\
         register_only_when_network_is_up=0\nuse_ipv6=0\n\n\
         [auth_info_0]\nusername={user}\nuserid={user}\npasswd={password}\nrealm={host}\n\
         domain={host}\nalgorithm=SHA-256\n\n\
         [proxy_0]\nreg_proxy=<sip:{server};transport=udp>\nreg_identity=<sip:{user}@{host}>\n\
         reg_expires=600\nreg_sendregister=1\npublish=0\n"
    )
}
