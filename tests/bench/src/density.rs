//! Part g: how long a server with many handlers takes to start, and what they hold when idle.

use std::fmt::Write as _;
use std::fs;
use std::io::{Read, Write as _};
use std::net::{Ipv4Addr, SocketAddr, TcpStream};
use std::path::{Path, PathBuf};
use std::thread;
use std::time::{Duration, Instant};

use crate::error::Error;
use crate::options::{Effort, Options};
use crate::process::{Launch, Process};
use crate::progress::Progress;
use crate::report::Report;
use crate::sample::Series;

const METHOD: [&str; 6] = [
    "Tenants with ten handlers each, of a tenth as many components as there are handlers. The components",
    "are the local-request example, each with a custom section of its own: other bytes, so that each has",
    "code of its own. From the start of the process until every tenant is served (GET /health).",
    "The first start compiles everything, the others find the code that it kept.",
    "Resident: VmRSS less that of the same server with the same tenants and without handlers, by the",
    "number of handlers; shared code counts in. No event was raised.",
];

const SIP: SocketAddr = SocketAddr::new(std::net::IpAddr::V4(Ipv4Addr::LOCALHOST), 25_368);
const ADMIN: SocketAddr = SocketAddr::new(std::net::IpAddr::V4(Ipv4Addr::LOCALHOST), 25_388);
const HANDLERS_PER_TENANT: u32 = 10;
const HANDLERS_PER_COMPONENT: u32 = 10;
/// The first start compiles for minutes.
const READY_LIMIT: Duration = Duration::from_secs(900);
const STEP: Duration = Duration::from_millis(20);
/// What is freed right after the start is given back to the system meanwhile.
const SETTLE: Duration = Duration::from_secs(3);

/// Measures it.
pub(crate) fn measure(options: &Options, progress: &Progress) -> Result<Report, Error> {
    let mut report = Report::new("density", "g. Many handlers of many tenants", &METHOD);
    let (Some(binary), Some(component)) = (&options.evroute, &options.local_request) else {
        return Ok(report);
    };
    let Effort {
        density_handlers: handlers,
        density_rounds: rounds,
        ..
    } = options.effort();
    let scene = Scene::make(binary, component, handlers, &options.out)?;
    let series = |what: &str, unit: &str| Series::new(format!("{handlers} handlers, {what}"), unit);
    let mut first = series("first start", "s");
    let mut again = series("restart", "s");
    let mut resident = series("resident", "KiB each");
    let started = scene.start(&scene.with)?;
    first.samples.push(started.seconds);
    progress.say(&format!("density: first start {:.1} s", started.seconds));
    drop(started);
    for round in 1..=rounds {
        let empty = scene.start(&scene.without)?.settled_kib()?;
        let full = scene.start(&scene.with)?;
        again.samples.push(full.seconds);
        let seconds = full.seconds;
        let each = (full.settled_kib()? - empty) / f64::from(handlers);
        resident.samples.push(each);
        progress.say(&format!(
            "density: round {round} of {rounds}: {seconds:.2} s, {each:.1} KiB each"
        ));
    }
    for series in [first, again, resident] {
        report.row(series);
    }
    Ok(report)
}

/// The same server with its handlers and without.
struct Scene {
    binary: PathBuf,
    out: PathBuf,
    with: PathBuf,
    without: PathBuf,
}

/// A server that serves all its tenants.
struct Started {
    seconds: f64,
    process: Process,
}

impl Scene {
    fn make(binary: &Path, component: &Path, handlers: u32, out: &Path) -> Result<Self, Error> {
        let binary = binary.canonicalize().map_err(Error::io("find", binary))?;
        let out = out.join("density");
        // What an earlier measurement kept would spare the first start its work.
        if out.exists() {
            fs::remove_dir_all(&out).map_err(Error::io("empty", &out))?;
        }
        fs::create_dir_all(&out).map_err(Error::io("create", &out))?;
        let original = fs::read(component).map_err(Error::io("read", component))?;
        for number in 0..handlers / HANDLERS_PER_COMPONENT {
            let path = out.join(format!("{number}.wasm"));
            fs::write(&path, distinct(&original, number)).map_err(Error::io("write", &path))?;
        }
        let write = |name: &str, is_with: bool| -> Result<PathBuf, Error> {
            let path = out.join(name);
            fs::write(&path, configuration(handlers, is_with))
                .map_err(Error::io("write", &path))?;
            Ok(path)
        };
        Ok(Self {
            binary,
            with: write("with.toml", true)?,
            without: write("without.toml", false)?,
            out,
        })
    }

    /// Starts a server and waits until it serves every tenant.
    fn start(&self, config: &Path) -> Result<Started, Error> {
        let log = self.out.join("evroute.log");
        let launch = Launch {
            name: "evroute with many handlers".to_owned(),
            program: self.binary.clone(),
            arguments: vec![
                "run".to_owned(),
                "-c".to_owned(),
                config.to_string_lossy().into_owned(),
            ],
            environment: Vec::new(),
            directory: self.out.clone(),
            log: log.clone(),
        };
        let begun = Instant::now();
        let mut process = Process::start(&launch)?;
        while begun.elapsed() < READY_LIMIT && !process.has_ended() {
            if serves_everybody() {
                let seconds = begun.elapsed().as_secs_f64();
                return Ok(Started { seconds, process });
            }
            thread::sleep(STEP);
        }
        Err(Error::NotReady {
            name: launch.name,
            address: ADMIN.to_string(),
            tail: process.log_tail(),
            log,
        })
    }
}

impl Started {
    /// What it holds once it is idle, in KiB.
    fn settled_kib(&self) -> Result<f64, Error> {
        thread::sleep(SETTLE);
        let path = PathBuf::from(format!("/proc/{}/status", self.process.id()));
        let status = fs::read_to_string(&path).map_err(Error::io("read", &path))?;
        let mut lines = status.lines();
        let resident = lines.find_map(|line| line.strip_prefix("VmRSS:"));
        let number = resident.and_then(|rest| rest.split_whitespace().next()?.parse().ok());
        number.ok_or_else(|| Error::Unexpected {
            name: path.display().to_string(),
            what: "it has no VmRSS".to_owned(),
        })
    }
}

/// Whether every tenant has started and none is left out.
fn serves_everybody() -> bool {
    let ask = || -> std::io::Result<String> {
        let mut stream = TcpStream::connect(ADMIN)?;
        let request = format!("GET /health HTTP/1.1\r\nHost: {ADMIN}\r\nConnection: close\r\n\r\n");
        stream.write_all(request.as_bytes())?;
        let mut answer = String::new();
        stream.take(64 << 10).read_to_string(&mut answer)?;
        Ok(answer)
    };
    ask().is_ok_and(|answer| answer.starts_with("HTTP/1.1 200") && !answer.contains("tenants_"))
}

/// A component that does the same and is another.
fn distinct(component: &[u8], number: u32) -> Vec<u8> {
    const CUSTOM_SECTION: u8 = 0;
    let mut section = vec![1, b'n'];
    section.extend(format!("{number:08}").bytes());
    let length = u8::try_from(section.len()).unwrap_or(u8::MAX);
    [component, &[CUSTOM_SECTION, length], &section].concat()
}

fn configuration(handlers: u32, is_with: bool) -> String {
    let mut text = format!(
        "[server]\ndata_dir = \"data\"\nlog = \"warn\"\ncode_cache_bytes_max = 4000000000\n\n\
         [[listen]]\ntransport = \"udp\"\naddress = \"{SIP}\"\n\n[admin]\naddress = \"{ADMIN}\"\n"
    );
    for tenant in 0..handlers / HANDLERS_PER_TENANT {
        // Writing to a string does not fail.
        let _ = write!(
            text,
            "\n[[tenant]]\nname = \"t{tenant}\"\ndomains = [\"t{tenant}.example\"]\n"
        );
        for handler in (0..HANDLERS_PER_TENANT).filter(|_| is_with) {
            let number = tenant * HANDLERS_PER_TENANT + handler;
            let component = number % (handlers / HANDLERS_PER_COMPONENT).max(1);
            let _ = write!(
                text,
                "\n[[tenant.handler]]\nname = \"h{handler}\"\ncomponent = \"{component}.wasm\"\ngrants = [\"log\", \"sip\"]\n"
            );
        }
    }
    text
}
