//! The real server, in a folder of its own.

use std::fs::{self, File};
use std::net::{Ipv4Addr, SocketAddr};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};

use serde_json::Value;
use tempfile::TempDir;

use crate::configuration::configuration;
use crate::{Answer, Ended, Error, TwoNats, eventually, free_port, rpc, run_to_end};

/// A running evroute; it ends with this value.
#[derive(Debug)]
pub struct Server {
    /// Where it speaks SIP, UDP and TCP.
    pub sip: SocketAddr,
    /// Where it speaks HTTP.
    pub admin: SocketAddr,
    process: Child,
    folder: TempDir,
}

impl Server {
    /// Starts a server with these tenants (TOML; `{sip}` is its port, `{folder}` its folder; what
    /// stands before the first section belongs to `[server]`) and waits until it is ready, with all
    /// tenants that start.
    ///
    /// # Errors
    /// When it does not become ready; what it wrote is in the error.
    pub fn start(tenants: &str) -> Result<Self, Error> {
        Self::start_with(tenants, |_| {})
    }

    /// The same, with more arguments or variables of the environment.
    ///
    /// # Errors
    /// When it does not become ready; what it wrote is in the error.
    pub fn start_with(tenants: &str, more: impl FnOnce(&mut Command)) -> Result<Self, Error> {
        Self::start_by(Command::new(evroute()?), tenants, more)
    }

    /// The same on a system that lets the server have so many file descriptors and no more.
    ///
    /// # Errors
    /// When it does not become ready; what it wrote is in the error.
    pub fn start_with_descriptors(descriptors: u32, tenants: &str) -> Result<Self, Error> {
        let mut limited = Command::new("prlimit");
        limited
            .arg(format!("--nofile={descriptors}:{descriptors}"))
            .arg(evroute()?);
        Self::start_by(limited, tenants, |_| {})
    }

    /// The same on a system where a write beyond [`Server::limit_files`] is an error, as on a full
    /// disk, and not the end of the process.
    ///
    /// # Errors
    /// When it does not become ready; what it wrote is in the error.
    pub fn start_with_full_files(tenants: &str) -> Result<Self, Error> {
        let mut shell = Command::new("sh");
        shell
            .args(["-c", "trap '' XFSZ; exec \"$0\" \"$@\""])
            .arg(evroute()?);
        Self::start_by(shell, tenants, |_| {})
    }

    /// From now on no file of its own may be longer than this; none ends that.
    ///
    /// # Errors
    /// When there is no `prlimit`.
    pub fn limit_files(&self, bytes: Option<u64>) -> Result<(), Error> {
        let most = bytes.map_or("unlimited".to_owned(), |bytes| bytes.to_string());
        let mut limit = Command::new("prlimit");
        limit
            .arg(format!("--pid={}", self.pid()))
            .arg(format!("--fsize={most}:"));
        run_to_end(limit).map(|_| ())
    }

    /// Starts a server and does not wait for it.
    ///
    /// # Errors
    /// When there is no program to start.
    pub fn begin(tenants: &str) -> Result<Self, Error> {
        Self::begin_by(Command::new(evroute()?), tenants, |_| {})
    }

    /// Starts a server in the public network between two NATs, where it speaks UDP and TCP at
    /// [`TwoNats::SERVER`], port 5060, and waits until its log says that it is ready: its HTTP is
    /// in that network, too.
    ///
    /// # Errors
    /// When it does not become ready.
    pub fn start_between(nats: &TwoNats, tenants: &str) -> Result<Self, Error> {
        let listen = |transport: &str| {
            let address = TwoNats::SERVER;
            format!("[[listen]]\ntransport = \"{transport}\"\naddress = \"{address}:5060\"\n\n")
        };
        let text = [listen("udp"), listen("tcp"), tenants.to_owned()].concat();
        let server = Self::begin_by(nats.public(&evroute()?), &text, |_| {})?;
        server.logged(&["ready; SIP on"])?;
        Ok(server)
    }

    fn start_by(
        command: Command,
        tenants: &str,
        more: impl FnOnce(&mut Command),
    ) -> Result<Self, Error> {
        let mut server = Self::begin_by(command, tenants, more)?;
        server.wait_until_ready()?;
        Ok(server)
    }

    fn begin_by(
        mut command: Command,
        tenants: &str,
        more: impl FnOnce(&mut Command),
    ) -> Result<Self, Error> {
        let folder =
            TempDir::new().map_err(Error::file("make a folder in", &std::env::temp_dir()))?;
        let (sip, admin) = (local(free_port()), local(free_port()));
        let config = configuration(tenants, sip, admin, folder.path());
        let file = folder.path().join("evroute.toml");
        fs::write(&file, config).map_err(Error::file("write", &file))?;
        let log = folder.path().join("log");
        let out = File::create(&log).map_err(Error::file("create", &log))?;
        let also = out.try_clone().map_err(Error::file("share", &log))?;
        let program = PathBuf::from(command.get_program());
        command
            .args(["run".as_ref(), "-c".as_ref(), file.as_os_str()])
            .current_dir(folder.path())
            .stdin(Stdio::null())
            .stdout(out)
            .stderr(also);
        more(&mut command);
        let process = command.spawn().map_err(Error::file("start", &program))?;
        Ok(Self {
            sip,
            admin,
            process,
            folder,
        })
    }

    fn wait_until_ready(&mut self) -> Result<(), Error> {
        let (url, log) = (
            format!("http://{}/health", self.admin),
            self.folder.path().join("log"),
        );
        let read = || fs::read_to_string(&log).unwrap_or_default();
        let process = &mut self.process;
        let ended = eventually(
            "the server's readiness",
            || match process.try_wait() {
                Ok(Some(status)) => Some(Some(status)),
                Ok(None) | Err(_) => has_started(&url).then_some(None),
            },
            read,
        )?;
        match ended {
            None => Ok(()),
            Some(status) => Err(Error::NotStarted {
                status: status.to_string(),
                log: read(),
            }),
        }
    }

    /// The code that GET /health answers; none when it does not.
    #[must_use]
    pub fn health(&self) -> Option<u16> {
        self.health_page().map(|(code, _)| code)
    }

    /// What GET /health answers, code and body; none when it does not.
    #[must_use]
    pub fn health_page(&self) -> Option<(u16, String)> {
        let agent: ureq::Agent = ureq::Agent::config_builder()
            .http_status_as_error(false)
            .build()
            .into();
        let answer = agent.get(format!("http://{}/health", self.admin)).call();
        let mut answer = answer.ok()?;
        let body = answer.body_mut().read_to_string().ok()?;
        Some((answer.status().as_u16(), body))
    }

    /// What it has logged so far.
    #[must_use]
    pub fn log(&self) -> String {
        fs::read_to_string(self.folder.path().join("log")).unwrap_or_default()
    }

    /// Waits until a line of the log contains all of these words, and returns it.
    ///
    /// # Errors
    /// [`Error::Late`] with the whole log.
    pub fn logged(&self, words: &[&str]) -> Result<String, Error> {
        let find = || {
            let log = self.log();
            let fits = |line: &&str| words.iter().all(|word| line.contains(word));
            log.lines().find(fits).map(str::to_owned)
        };
        eventually(&format!("a log line with {words:?}"), find, || self.log())
    }

    /// Where it keeps its files.
    #[must_use]
    pub fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// The process, for signals.
    #[must_use]
    pub fn pid(&self) -> u32 {
        self.process.id()
    }

    /// Calls a method over HTTP.
    ///
    /// # Errors
    /// When there is no answer or it is no JSON-RPC.
    pub fn rpc(&self, method: &str, params: &Value) -> Result<Answer, Error> {
        rpc::call(self.admin, None, method, params)
    }

    /// As [`Server::rpc`], with this token.
    ///
    /// # Errors
    /// As [`Server::rpc`].
    pub fn rpc_as(&self, token: &str, method: &str, params: &Value) -> Result<Answer, Error> {
        rpc::call(self.admin, Some(token), method, params)
    }

    /// A command of the operator's against this server: `evroute rpc ...`.
    ///
    /// # Errors
    /// When it cannot be started or does not end.
    pub fn command(&self, arguments: &[&str]) -> Result<Ended, Error> {
        let mut command = Command::new(evroute()?);
        command
            .args(arguments)
            .env("EVROUTE_ADMIN", format!("http://{}", self.admin));
        run_to_end(command)
    }

    /// The page of GET /metrics.
    ///
    /// # Errors
    /// When it cannot be read.
    pub fn metrics(&self) -> Result<String, Error> {
        let failed = |cause| Error::Http {
            what: "GET /metrics".to_owned(),
            cause: Box::new(cause),
        };
        let mut page = ureq::get(format!("http://{}/metrics", self.admin))
            .call()
            .map_err(failed)?;
        page.body_mut().read_to_string().map_err(failed)
    }

    /// The URL of a path of the admin port.
    #[must_use]
    pub fn page(&self, path: &str) -> String {
        format!("http://{}{path}", self.admin)
    }

    /// What a path of the admin port is answered.
    ///
    /// # Errors
    /// When it is not answered.
    pub fn status_of(&self, path: &str) -> Result<u16, Error> {
        match ureq::get(self.page(path)).call() {
            Ok(answer) => Ok(answer.status().as_u16()),
            Err(ureq::Error::StatusCode(code)) => Ok(code),
            Err(cause) => Err(Error::Http {
                what: format!("GET {path}"),
                cause: Box::new(cause),
            }),
        }
    }

    /// One number of GET /metrics: the sum over all lines that begin with this name and contain
    /// these labels.
    ///
    /// # Errors
    /// When the page cannot be read.
    pub fn metric(&self, name: &str, labels: &[&str]) -> Result<f64, Error> {
        let text = self.metrics()?;
        let fits = |line: &&str| {
            let named = line
                .strip_prefix(name)
                .is_some_and(|rest| rest.starts_with(['{', ' ']));
            named && labels.iter().all(|label| line.contains(label))
        };
        let numbers = text
            .lines()
            .filter(fits)
            .filter_map(|line| line.rsplit(' ').next()?.parse::<f64>().ok());
        Ok(numbers.sum())
    }

    /// Sends the signal of Ctrl-C.
    ///
    /// # Errors
    /// When there is no `kill`.
    pub fn interrupt(&self) -> Result<(), Error> {
        let mut kill = Command::new("kill");
        kill.args(["-INT", &self.pid().to_string()]);
        run_to_end(kill).map(|_| ())
    }

    /// Waits until it has ended by itself, and returns how, and its whole log.
    ///
    /// # Errors
    /// When it does not.
    pub fn ended(mut self) -> Result<(ExitStatus, String), Error> {
        let log = self.folder.path().join("log");
        let process = &mut self.process;
        let status = eventually(
            "the server's end",
            || process.try_wait().ok().flatten(),
            || fs::read_to_string(&log).unwrap_or_default(),
        )?;
        Ok((status, self.log()))
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // It may have ended already; then there is nothing to end.
        let _ = self.process.kill();
        let _ = self.process.wait();
        if std::thread::panicking() {
            eprintln!("--- log of the server ---\n{}", self.log());
        }
    }
}

/// Whether GET /health says that the server serves all tenants that are going to be.
fn has_started(url: &str) -> bool {
    let page = ureq::get(url).call().ok();
    let page = page.and_then(|mut page| page.body_mut().read_to_string().ok());
    page.is_some_and(|page| !page.contains("tenants_starting"))
}

fn local(port: u16) -> SocketAddr {
    (Ipv4Addr::LOCALHOST, port).into()
}

/// The server's program: the one that was built with this test, or `$EVROUTE_BIN`.
///
/// # Errors
/// [`Error::NotBuilt`]
pub fn evroute() -> Result<PathBuf, Error> {
    if let Some(path) = std::env::var_os("EVROUTE_BIN") {
        return Ok(path.into());
    }
    let test = std::env::current_exe().map_err(Error::file("find", Path::new("this test")))?;
    // target/debug/deps/e2e-0123 lies one folder below target/debug/evroute.
    let path = test
        .parent()
        .and_then(Path::parent)
        .unwrap_or(Path::new("."))
        .join("evroute");
    if path.is_file() {
        Ok(path)
    } else {
        Err(Error::NotBuilt(path))
    }
}
