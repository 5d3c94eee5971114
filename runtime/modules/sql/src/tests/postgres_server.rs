//! A PostgreSQL server of our own: in a temporary folder, on a free port of the loopback, gone
//! afterwards.

use std::ffi::OsStr;
use std::net::TcpListener;
use std::ops::Range;
use std::os::unix::fs::{MetadataExt, chown};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::time::{Duration, Instant};

/// Where Debian's package puts the programs of the version that it brings.
const INSTALLED: &str = "/usr/lib/postgresql";

/// Far more than it needs to start, on a machine that does other things.
const PATIENCE: Duration = Duration::from_secs(60);

/// Below those of the end-to-end tests.
const PORTS: Range<u16> = 10_800..11_800;

pub(super) struct PostgresServer {
    folder: tempfile::TempDir,
    programs: PathBuf,
    port: u16,
    /// Whoever listens there has the port, also while no server runs on it.
    _guard: TcpListener,
    has_tls: bool,
    running: Option<Child>,
}

impl PostgresServer {
    pub(super) fn start() -> Self {
        let mut server = Self::made();
        server.run();
        server
    }

    /// One that speaks TLS, with a certificate for `localhost`; [`PostgresServer::authority`] has
    /// signed it.
    pub(super) fn start_with_tls() -> Self {
        let mut server = Self::made();
        server.certify();
        server.run();
        server
    }

    fn made() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let (user, group) = owner();
        chown(folder.path(), Some(user), Some(group)).unwrap();
        let (port, guard) = free_port();
        let server = Self {
            folder,
            programs: programs(),
            port,
            _guard: guard,
            has_tls: false,
            running: None,
        };
        let options = [
            "--no-sync",
            "--auth=trust",
            "--username=evroute",
            "--encoding=UTF8",
        ];
        let mut command = server.command("initdb");
        let made = command
            .args(options)
            .args(["--locale=C", "-D"])
            .arg(server.files())
            .output();
        let made = made.unwrap();
        assert!(
            made.status.success(),
            "{}",
            String::from_utf8_lossy(&made.stderr)
        );
        server
    }

    pub(super) fn url(&self) -> String {
        self.url_of("127.0.0.1")
    }

    pub(super) fn url_of(&self, host: &str) -> String {
        format!("postgres://evroute:unused@{host}:{}/postgres", self.port)
    }

    /// The certificate of who has signed the server's.
    pub(super) fn authority(&self) -> PathBuf {
        self.folder.path().join("authority.pem")
    }

    /// A certificate of nobody's whom the server knows.
    pub(super) fn stranger(&self) -> PathBuf {
        self.folder.path().join("stranger.pem")
    }

    /// Debian's PostgreSQL brings `openssl` (by ssl-cert).
    fn certify(&mut self) {
        self.has_tls = true;
        let key = "-newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -keyout";
        std::fs::write(
            self.folder.path().join("names"),
            "subjectAltName=DNS:localhost",
        )
        .unwrap();
        for line in [
            format!("req -x509 -days 2 -subj /CN=authority {key} authority.key -out authority.pem"),
            format!("req -x509 -days 2 -subj /CN=authority {key} stranger.key -out stranger.pem"),
            format!("req -subj /CN=server {key} server.key -out server.csr"),
            "x509 -req -days 2 -in server.csr -CA authority.pem -CAkey authority.key \
             -CAcreateserial -extfile names -out server.pem"
                .to_owned(),
        ] {
            let mut command = self.command_anywhere("openssl");
            let made = command.args(line.split_whitespace()).output().unwrap();
            let said = String::from_utf8_lossy(&made.stderr);
            assert!(made.status.success(), "{line}: {said}");
        }
    }

    /// Runs it; after [`PostgresServer::kill`] again.
    pub(super) fn run(&mut self) {
        let mut command = self.command("postgres");
        command
            .arg("-D")
            .arg(self.files())
            .args(["-h", "127.0.0.1", "-p", &self.port.to_string()]);
        command.args([
            "-c",
            "fsync=off",
            "-c",
            "unix_socket_directories=",
            "-c",
            "max_connections=20",
        ]);
        if self.has_tls {
            for (name, file) in [("cert", "server.pem"), ("key", "server.key")] {
                let path = self.folder.path().join(file);
                command.arg(format!("--ssl_{name}_file={}", path.display()));
            }
            command.arg("--ssl=on");
        }
        let child = command.stdout(Stdio::null()).stderr(Stdio::null()).spawn();
        self.running = Some(child.unwrap());
        let began = Instant::now();
        while !self.is_ready() {
            assert!(began.elapsed() < PATIENCE, "PostgreSQL does not start");
            std::thread::sleep(Duration::from_millis(20));
        }
    }

    /// Ends it at once: `immediate` is its word for a crash.
    pub(super) fn kill(&mut self) {
        let Some(mut child) = self.running.take() else {
            return;
        };
        let stopped = self.stop_now();
        assert!(
            stopped.status.success(),
            "{}",
            String::from_utf8_lossy(&stopped.stderr)
        );
        child.wait().unwrap();
    }

    /// Sends a signal to one of its processes: `-STOP` makes it silent.
    pub(super) fn signal(&self, signal: &str, process: i64) {
        let sent = self
            .command_anywhere("kill")
            .args([signal, &process.to_string()])
            .status();
        assert!(sent.unwrap().success());
    }

    fn stop_now(&self) -> Output {
        let mut command = self.command("pg_ctl");
        command
            .args(["stop", "-m", "immediate", "-D"])
            .arg(self.files())
            .output()
            .unwrap()
    }

    fn is_ready(&self) -> bool {
        let port = self.port.to_string();
        let asked = self
            .command("pg_isready")
            .args(["-q", "-h", "127.0.0.1", "-p", &port])
            .status();
        asked.unwrap().success()
    }

    fn files(&self) -> PathBuf {
        self.folder.path().join("files")
    }

    /// The server refuses to run as root, so it runs as the user that its package made.
    fn command(&self, program: &str) -> Command {
        self.command_anywhere(self.programs.join(program))
    }

    fn command_anywhere(&self, program: impl AsRef<OsStr>) -> Command {
        let mut command = if is_root() {
            let mut command = Command::new("runuser");
            command.args(["-u", "postgres", "--"]).arg(program);
            command
        } else {
            Command::new(program)
        };
        command.current_dir(self.folder.path()).stdin(Stdio::null());
        command
    }
}

impl Drop for PostgresServer {
    fn drop(&mut self) {
        if let Some(mut child) = self.running.take() {
            self.stop_now();
            child.wait().ok();
        }
    }
}

fn programs() -> PathBuf {
    let versions = std::fs::read_dir(INSTALLED).into_iter().flatten().flatten();
    let programs = versions.map(|version| version.path().join("bin"));
    let found = programs
        .filter(|programs| programs.join("initdb").exists())
        .max();
    found.unwrap_or_else(|| panic!("no PostgreSQL in {INSTALLED}: apt-get install postgresql"))
}

fn is_root() -> bool {
    Path::new("/proc/self").metadata().unwrap().uid() == 0
}

/// Who owns the server's files: `postgres` when this runs as root, else who runs this.
fn owner() -> (u32, u32) {
    if !is_root() {
        let own = Path::new("/proc/self").metadata().unwrap();
        return (own.uid(), own.gid());
    }
    let id = |of: &str| {
        let output = Command::new("id").args([of, "postgres"]).output().unwrap();
        let id = String::from_utf8(output.stdout).unwrap().trim().parse();
        id.unwrap_or_else(|_| panic!("there is no user postgres: apt-get install postgresql"))
    };
    (id("-u"), id("-g"))
}

/// A port of 127.0.0.1 that nobody has, and what keeps other tests from taking it before the server
/// does, and between two runs of it: the same port of another address. Linux gives none of these
/// ports to who asks for any.
fn free_port() -> (u16, TcpListener) {
    let first = std::process::id() % u32::from(PORTS.end - PORTS.start);
    let first = PORTS.start + u16::try_from(first).unwrap();
    (first..PORTS.end)
        .chain(PORTS.start..first)
        .find_map(|port| {
            let guard = TcpListener::bind(("127.0.0.2", port)).ok()?;
            let is_free = TcpListener::bind(("127.0.0.1", port)).is_ok();
            is_free.then_some((port, guard))
        })
        .expect("a port that nobody has")
}
