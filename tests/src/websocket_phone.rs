//! A phone over WebSocket, by a library that is not ours: Python's websockets.

use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};

use serde_json::Value;

use crate::{Error, TestCertificate, repository};

/// A WebSocket that was asked for; it ends with this value.
#[derive(Debug)]
pub struct WebSocketPhone {
    process: Child,
    to: ChildStdin,
    from: BufReader<ChildStdout>,
}

impl WebSocketPhone {
    /// Asks for one at this URL, as a page of this origin does, and verifies the server by this
    /// certificate.
    ///
    /// # Errors
    /// When Python is not installed.
    pub fn connect(
        url: &str,
        origin: Option<&str>,
        certificate: Option<&TestCertificate>,
    ) -> Result<Self, Error> {
        let ca = certificate.map(|one| one.certificate().display().to_string());
        let mut command = Command::new("/usr/bin/python3");
        command
            .arg(repository().join("tests/e2e/websocket/phone.py"))
            .args([url, origin.unwrap_or("-"), ca.as_deref().unwrap_or("-")])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped());
        let program = Path::new("/usr/bin/python3 (apt-get install python3-websockets)");
        let mut process = command.spawn().map_err(Error::file("start", program))?;
        let none = || Error::Unreadable("python3 has no pipes".to_owned());
        let to = process.stdin.take().ok_or_else(none)?;
        let from = process.stdout.take().ok_or_else(none)?;
        Ok(Self {
            process,
            to,
            from: BufReader::new(from),
        })
    }

    /// What happens next: `{"opened": "sip"}`, `{"refused": 403}`, `{"message": "..."}`,
    /// `{"closed": 1000}`.
    ///
    /// # Errors
    /// When it has ended.
    pub fn event(&mut self) -> Result<Value, Error> {
        let mut line = String::new();
        let failed = Error::file("read from", Path::new("python3"));
        self.from.read_line(&mut line).map_err(failed)?;
        let unreadable = |error| Error::Unreadable(format!("the phone said {line:?}: {error}"));
        serde_json::from_str(&line).map_err(unreadable)
    }

    /// The next message.
    ///
    /// # Errors
    /// When something else happens.
    pub fn message(&mut self) -> Result<String, Error> {
        let next = self.event()?;
        let message = next.get("message").and_then(Value::as_str);
        let message = message.map(str::to_owned);
        message.ok_or_else(|| Error::Unreadable(format!("no message, but {next}")))
    }

    /// Sends a message.
    ///
    /// # Errors
    /// When it has ended.
    pub fn send(&mut self, message: &str) -> Result<(), Error> {
        let failed = Error::file("write to", Path::new("python3"));
        writeln!(self.to, "{}", Value::from(message)).map_err(failed)
    }

    /// Sends a message and waits for the next.
    ///
    /// # Errors
    /// When something else happens.
    pub fn ask(&mut self, message: &str) -> Result<String, Error> {
        self.send(message)?;
        self.message()
    }
}

impl Drop for WebSocketPhone {
    fn drop(&mut self) {
        // It may have ended already; then there is nothing to end.
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}
