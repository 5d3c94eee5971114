//! Real phones: SIPp with its built-in scenarios or those of `tests/e2e/sipp`.

use std::fs::{self, File};
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use tempfile::TempDir;

use crate::ports::free_ports;
use crate::sockets::is_bound;
use crate::{Error, eventually, free_port, repository};

/// Ports from the first that SIPp opens for media: audio and video, each with its control port.
const MEDIA_PORTS: u16 = 4;

/// How a phone talks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Transport {
    /// One UDP socket.
    Udp,
    /// One TCP connection.
    Tcp,
}

/// One SIPp, not started yet.
#[derive(Clone, Debug)]
pub struct Sipp {
    scenario: String,
    transport: Transport,
    port: u16,
    calls: u32,
    arguments: Vec<String>,
    is_quiet: bool,
}

/// What a SIPp counted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Calls {
    /// Calls that went as the scenario says, to their end.
    pub successful: u32,
    /// Calls that did not.
    pub failed: u32,
    /// Messages that had to be sent again.
    pub retransmissions: u32,
}

/// A SIPp at work; it ends with this value.
#[derive(Debug)]
pub struct Phone {
    /// Its port.
    pub port: u16,
    name: String,
    process: Child,
    folder: TempDir,
}

impl Sipp {
    /// A scenario: `uac_call.xml` of `tests/e2e/sipp`, or SIPp's own `uac` and `uas`. One call over
    /// UDP.
    #[must_use]
    pub fn new(scenario: &str) -> Self {
        Self {
            scenario: scenario.to_owned(),
            transport: Transport::Udp,
            port: free_port(),
            calls: 1,
            arguments: Vec::new(),
            is_quiet: false,
        }
    }

    /// Without its messages, of which a long run has gigabytes.
    #[must_use]
    pub fn quiet(mut self) -> Self {
        self.is_quiet = true;
        self
    }

    /// Over this transport.
    #[must_use]
    pub fn over(mut self, transport: Transport) -> Self {
        self.transport = transport;
        self
    }

    /// From this port.
    #[must_use]
    pub fn at(mut self, port: u16) -> Self {
        self.port = port;
        self
    }

    /// So many calls; the end of the last one ends the SIPp.
    #[must_use]
    pub fn calls(mut self, calls: u32) -> Self {
        self.calls = calls;
        self
    }

    /// For this user (`-s`).
    #[must_use]
    pub fn user(self, user: &str) -> Self {
        self.with(&["-s", user])
    }

    /// With these further arguments.
    #[must_use]
    pub fn with(mut self, arguments: &[&str]) -> Self {
        self.arguments
            .extend(arguments.iter().map(|argument| (*argument).to_owned()));
        self
    }

    /// Calls this server and waits until all calls have ended.
    ///
    /// # Errors
    /// When it cannot be started or does not end. Failed calls are counted, not errors.
    pub fn call(&self, server: SocketAddr) -> Result<Calls, Error> {
        self.start(Some(server))?.finish().map(|(calls, _)| calls)
    }

    /// Begins to call this server.
    ///
    /// # Errors
    /// When it cannot be started.
    pub fn begin(&self, server: SocketAddr) -> Result<Phone, Error> {
        self.start(Some(server))
    }

    /// Waits for calls.
    ///
    /// # Errors
    /// When it cannot be started or does not listen.
    pub fn listen(&self) -> Result<Phone, Error> {
        let mut phone = self.start(None)?;
        let output = phone.folder.path().join("output");
        let process = &mut phone.process;
        // Somebody else may have its port: then it ends, and the port listens all the same.
        let ended = eventually(
            &format!("{} listening", self.scenario),
            || match process.try_wait() {
                Ok(Some(status)) => Some(Some(status)),
                Ok(None) | Err(_) => is_bound(self.transport, self.port).then_some(None),
            },
            || read(&output),
        )?;
        if let Some(status) = ended {
            return Err(Error::Unreadable(format!(
                "SIPp's {} ended ({status}) before it listened on port {}:\n{}",
                self.scenario,
                self.port,
                read(&output)
            )));
        }
        Ok(phone)
    }

    fn start(&self, server: Option<SocketAddr>) -> Result<Phone, Error> {
        let folder =
            TempDir::new().map_err(Error::file("make a folder in", &std::env::temp_dir()))?;
        let output = folder.path().join("output");
        let out = File::create(&output).map_err(Error::file("create", &output))?;
        let also = out.try_clone().map_err(Error::file("share", &output))?;
        let mut command = Command::new("sipp");
        command.args(self.arguments(folder.path()));
        command.args(server.map(|server| server.to_string()));
        command
            .current_dir(folder.path())
            .stdin(Stdio::null())
            .stdout(out)
            .stderr(also);
        let process = command.spawn().map_err(|_| Error::NoSipp)?;
        Ok(Phone {
            port: self.port,
            name: self.scenario.clone(),
            process,
            folder,
        })
    }

    fn arguments(&self, folder: &Path) -> Vec<String> {
        let transport = match self.transport {
            Transport::Udp => "u1",
            Transport::Tcp => "t1",
        };
        let file = repository().join("tests/e2e/sipp").join(&self.scenario);
        let scenario = match self.scenario.ends_with(".xml") {
            true => ["-sf".to_owned(), file.display().to_string()],
            false => ["-sn".to_owned(), self.scenario.clone()],
        };
        let (port, calls, media) = (
            self.port.to_string(),
            self.calls.to_string(),
            free_ports(MEDIA_PORTS).to_string(),
        );
        let [statistics, messages] =
            ["statistics", "messages"].map(|name| folder.join(name).display().to_string());
        let fixed = [
            "-t",
            transport,
            "-i",
            "127.0.0.1",
            "-p",
            &port,
            "-mp",
            &media,
            "-m",
            &calls,
            "-nostdin",
            "-trace_stat",
            "-stf",
            &statistics,
            "-fd",
            "1",
        ];
        let traced = [
            "-trace_msg",
            "-message_file",
            &messages,
            "-message_overwrite",
            "false",
        ];
        let traced = traced.into_iter().filter(|_| !self.is_quiet);
        let fixed = fixed.into_iter().chain(traced).map(str::to_owned);
        scenario
            .into_iter()
            .chain(fixed)
            .chain(self.arguments.iter().cloned())
            .collect()
    }
}

impl Phone {
    /// All messages so far, sent and received, as SIPp writes them down.
    #[must_use]
    pub fn messages(&self) -> String {
        read(&self.folder.path().join("messages"))
    }

    /// Waits until its calls have ended and counts them. The messages come with the count.
    ///
    /// # Errors
    /// When they do not end.
    pub fn finish(mut self) -> Result<(Calls, String), Error> {
        let process = &mut self.process;
        let [output, messages] = ["output", "messages"].map(|name| self.folder.path().join(name));
        eventually(
            &format!("the end of SIPp's {}", self.name),
            || process.try_wait().ok().flatten(),
            || format!("{}\n{}", read(&output), read(&messages)),
        )?;
        Ok((self.count()?, self.messages()))
    }

    fn output(&self) -> String {
        read(&self.folder.path().join("output"))
    }

    /// Reads the last line of the statistics: columns whose names end in `(C)` count from the
    /// beginning.
    fn count(&self) -> Result<Calls, Error> {
        let text = read(&self.folder.path().join("statistics"));
        let mut lines = text.lines();
        let names: Vec<&str> = lines.next().unwrap_or_default().split(';').collect();
        let values: Vec<&str> = lines.last().unwrap_or_default().split(';').collect();
        let column = |wanted: &str| -> Option<u32> {
            let position = names.iter().position(|name| *name == wanted)?;
            values.get(position)?.parse().ok()
        };
        let counted = || {
            Some(Calls {
                successful: column("SuccessfulCall(C)")?,
                failed: column("FailedCall(C)")?,
                retransmissions: column("Retransmissions(C)")?,
            })
        };
        let name = &self.name;
        counted().ok_or_else(|| {
            Error::Unreadable(format!(
                "SIPp's {name} left no statistics:\n{}",
                self.output()
            ))
        })
    }
}

impl Drop for Phone {
    fn drop(&mut self) {
        // It may have ended already; then there is nothing to end.
        let _ = self.process.kill();
        let _ = self.process.wait();
        if std::thread::panicking() {
            eprintln!(
                "--- messages of SIPp's {} ---\n{}",
                self.name,
                self.messages()
            );
        }
    }
}

fn read(path: &PathBuf) -> String {
    fs::read_to_string(path).unwrap_or_default()
}
