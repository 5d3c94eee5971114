//! `openssl s_client`: a TLS client that is not ours.

use std::io::{Read, Write};
use std::net::SocketAddr;
use std::path::Path;
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};

use crate::{Ended, Error, run_to_end};

/// A connection that openssl has made; it ends with this value.
#[derive(Debug)]
pub struct TlsClient {
    process: Child,
    to: ChildStdin,
    from: ChildStdout,
}

impl TlsClient {
    /// Connects, with these further arguments.
    ///
    /// # Errors
    /// When openssl is not installed.
    pub fn connect(to: SocketAddr, arguments: &[&str]) -> Result<Self, Error> {
        let mut command = command(to);
        command
            // Which also keeps it from taking letters at the beginning of a line for commands.
            .arg("-quiet")
            .args(arguments)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null());
        let mut process = command
            .spawn()
            .map_err(Error::file("start", Path::new("openssl")))?;
        let none = || Error::Unreadable("openssl has no pipes".to_owned());
        let to = process.stdin.take().ok_or_else(none)?;
        let from = process.stdout.take().ok_or_else(none)?;
        Ok(Self { process, to, from })
    }

    /// What openssl says about a connection that is closed at once: certificates, the protocol.
    ///
    /// # Errors
    /// When openssl is not installed.
    pub fn look(to: SocketAddr, arguments: &[&str]) -> Result<Ended, Error> {
        let mut command = command(to);
        command.args(arguments);
        run_to_end(command)
    }

    /// Sends a message and waits for the next, which has no body; what came so far when the
    /// connection has ended.
    ///
    /// # Errors
    /// When the connection has ended.
    pub fn ask(&mut self, message: &str) -> Result<String, Error> {
        self.tell(message)?;
        self.message()
    }

    /// Sends a message.
    ///
    /// # Errors
    /// When the connection has ended.
    pub fn tell(&mut self, message: &str) -> Result<(), Error> {
        let failed = Error::file("write to", Path::new("openssl"));
        self.to.write_all(message.as_bytes()).map_err(failed)?;
        let failed = Error::file("write to", Path::new("openssl"));
        self.to.flush().map_err(failed)
    }

    /// Waits for the next message, which has no body.
    ///
    /// # Errors
    /// When the connection has ended.
    pub fn message(&mut self) -> Result<String, Error> {
        let (mut text, mut byte) = (Vec::new(), [0]);
        while !text.ends_with(b"\r\n\r\n") {
            let failed = Error::file("read from", Path::new("openssl"));
            if self.from.read(&mut byte).map_err(failed)? == 0 {
                break;
            }
            text.extend(byte);
        }
        Ok(String::from_utf8_lossy(&text).into_owned())
    }
}

impl Drop for TlsClient {
    fn drop(&mut self) {
        // It may have ended already; then there is nothing to end.
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

fn command(to: SocketAddr) -> Command {
    let mut command = Command::new("openssl");
    command.args(["s_client", "-connect", &to.to_string()]);
    command
}
