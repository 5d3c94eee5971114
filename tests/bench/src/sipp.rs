//! SIPp as the two phones: starts the callee, runs the caller, reads its statistics.

use std::fs;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::thread;
use std::time::{Duration, Instant};

use crate::error::Error;
use crate::options::tests_dir;
use crate::process::{Launch, Process};
use crate::tool;

const CALLER_PORT: u16 = 25_070;
const CALLEE_PORT: u16 = 25_080;
/// Who may register whomever.
pub(crate) const SUBSCRIBER: &str = "alice";
const PASSWORD: &str = "secret";
/// `alice:127.0.0.1:secret`, hashed by MD5 (RFC 7616 3.4.2).
pub(crate) const SUBSCRIBER_HA1: &str = "18af59e93bb3331aac9fe77419a6ec78";
const LISTEN_LIMIT: Duration = Duration::from_secs(5);
/// Beyond the time that the calls themselves need.
const FINISH_GRACE: Duration = Duration::from_secs(40);

/// How the phones talk to the server.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Transport {
    /// One UDP socket.
    Udp,
    /// One TCP connection.
    Tcp,
}

impl Transport {
    /// Both, in the order of the tables.
    pub(crate) const ALL: [Self; 2] = [Self::Udp, Self::Tcp];

    /// Its word in tables and user names.
    pub(crate) fn label(self) -> &'static str {
        match self {
            Self::Udp => "udp",
            Self::Tcp => "tcp",
        }
    }

    fn sipp_mode(self) -> &'static str {
        match self {
            Self::Udp => "u1",
            Self::Tcp => "t1",
        }
    }
}

/// A number of calls through one server.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Load {
    /// The server.
    pub(crate) server: SocketAddr,
    /// How the phones talk to it.
    pub(crate) transport: Transport,
    /// How many calls.
    pub(crate) calls: u32,
    /// How many begin per second.
    pub(crate) calls_per_second: u32,
}

/// What the caller's SIPp counted.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct CallStats {
    /// Calls that went as the scenario says, to the end.
    pub(crate) successful: u32,
    /// Calls that did not.
    pub(crate) failed: u32,
    /// Requests and responses that SIPp had to send again.
    pub(crate) retransmissions: u32,
    /// INVITE sent until its 200 arrived, per call, in ms; as coarse as SIPp's clock,
    /// which is the kernel's tick (4 ms at 250 Hz). The callee itself waits 50 ms.
    pub(crate) setup_ms: Vec<f64>,
}

/// The callee's phone: registered, and listening as long as this lives.
#[derive(Debug)]
pub(crate) struct Callee {
    _process: Process,
}

impl Callee {
    /// Registers the callee with the server of this load and lets it listen.
    pub(crate) fn start(load: &Load, out: &Path) -> Result<Self, Error> {
        let register = scenario_launch("register.xml", load, CALLEE_PORT, out);
        let register = with(
            register,
            &["-s", &user(load), "-m", "1", &load.server.to_string()],
        );
        finish(&register, Duration::from_secs(10))?;
        let mut process = Process::start(&scenario_launch("uas_call.xml", load, CALLEE_PORT, out))?;
        let deadline = Instant::now() + LISTEN_LIMIT;
        while !is_bound(load.transport, CALLEE_PORT) {
            if process.has_ended() || Instant::now() > deadline {
                return Err(unexpected("the callee's SIPp", process.log_tail()));
            }
            thread::sleep(Duration::from_millis(20));
        }
        Ok(Self { _process: process })
    }
}

/// Makes the calls of this load and waits until all have ended.
pub(crate) fn make_calls(load: &Load, out: &Path) -> Result<CallStats, Error> {
    let arguments = ["-s", &user(load), "-trace_rtt", "-rtt_freq", "1"];
    let (id, mut stats) = run("uac_call.xml", load, &arguments, out)?;
    let times = out.join(format!("uac_call_{id}_rtt.csv"));
    stats.setup_ms = parse_times(&fs::read_to_string(&times).unwrap_or_default());
    remove_old(&times)?;
    Ok(stats)
}

/// Registers as many users as this load has calls, each with the password of one, and waits until
/// all have ended.
pub(crate) fn register_users(load: &Load, out: &Path) -> Result<CallStats, Error> {
    let arguments = ["-au", SUBSCRIBER, "-ap", PASSWORD];
    let (_, stats) = run("register_users.xml", load, &arguments, out)?;
    Ok(stats)
}

/// Runs the caller's side of a scenario to its end: the id of its process, and what it counted.
fn run(scenario: &str, load: &Load, more: &[&str], out: &Path) -> Result<(u32, CallStats), Error> {
    let stat_file = out.join("caller.csv");
    remove_old(&stat_file)?;
    let arguments = [
        "-m",
        &load.calls.to_string(),
        "-r",
        &load.calls_per_second.to_string(),
        // No limit that matters: a limit would hide a slow server behind a lower rate.
        "-l",
        &load.calls.to_string(),
        "-trace_stat",
        "-stf",
        &stat_file.to_string_lossy(),
        "-fd",
        "1",
        &load.server.to_string(),
    ]
    .map(str::to_owned);
    let mut launch = with(scenario_launch(scenario, load, CALLER_PORT, out), more);
    launch.arguments.extend(arguments);
    let seconds = load.calls / load.calls_per_second.max(1);
    let id = finish(&launch, Duration::from_secs(seconds.into()) + FINISH_GRACE)?;
    let text = fs::read_to_string(&stat_file).map_err(Error::io("read", &stat_file))?;
    let stats = parse_stats(&text)
        .ok_or_else(|| unexpected("the caller's SIPp", "unreadable statistics".to_owned()))?;
    Ok((id, stats))
}

/// Each transport has a user of its own: one with two contacts would be called twice.
fn user(load: &Load) -> String {
    format!("callee-{}", load.transport.label())
}

fn scenario_launch(scenario: &str, load: &Load, port: u16, out: &Path) -> Launch {
    let file = tests_dir().join("e2e/sipp").join(scenario);
    let launch = Launch {
        name: format!("SIPp {scenario}"),
        program: tool::locate("sipp"),
        arguments: Vec::new(),
        environment: Vec::new(),
        directory: out.to_owned(),
        log: out.join(format!("sipp-{scenario}.log")),
    };
    let file = file.to_string_lossy();
    let port = port.to_string();
    let mode = load.transport.sipp_mode();
    with(
        launch,
        &[
            "-sf",
            &file,
            "-t",
            mode,
            "-i",
            "127.0.0.1",
            "-p",
            &port,
            "-nostdin",
        ],
    )
}

fn with(mut launch: Launch, arguments: &[&str]) -> Launch {
    launch
        .arguments
        .extend(arguments.iter().map(|&text| text.to_owned()));
    launch
}

/// Runs SIPp to its end. Exit 1 means that calls failed, which the statistics tell.
fn finish(launch: &Launch, limit: Duration) -> Result<u32, Error> {
    let mut process = Process::start(launch)?;
    let is_register = launch.name.ends_with("register.xml");
    match process.wait_at_most(limit).map(|status| status.code()) {
        Some(Some(0)) => Ok(process.id()),
        Some(Some(1)) if !is_register => Ok(process.id()),
        Some(_) => Err(unexpected(&launch.name, process.log_tail())),
        None => Err(unexpected(
            &launch.name,
            format!("did not end within {limit:?}"),
        )),
    }
}

/// Reads the last line of SIPp's statistics by the names in the first.
fn parse_stats(text: &str) -> Option<CallStats> {
    let names: Vec<&str> = text.lines().next()?.split(';').collect();
    let values: Vec<&str> = text.lines().last()?.split(';').collect();
    let value = |name: &str| {
        let index = names.iter().position(|found| *found == name)?;
        values.get(index)?.parse().ok()
    };
    Some(CallStats {
        successful: value("SuccessfulCall(C)")?,
        failed: value("FailedCall(C)")?,
        retransmissions: value("Retransmissions(C)")?,
        setup_ms: Vec::new(),
    })
}

/// Reads the second column of SIPp's response times, sorted.
fn parse_times(text: &str) -> Vec<f64> {
    let mut times: Vec<f64> = text
        .lines()
        .skip(1)
        .filter_map(|line| line.split(';').nth(1)?.parse().ok())
        .collect();
    times.sort_by(f64::total_cmp);
    times
}

/// Whether some process listens on this port of 127.0.0.1 (or of every address).
fn is_bound(transport: Transport, port: u16) -> bool {
    let table = fs::read_to_string(format!("/proc/net/{}", transport.label())).unwrap_or_default();
    let wanted = format!(":{port:04X}");
    table.lines().skip(1).any(|line| {
        let mut fields = line.split_whitespace().skip(1);
        let is_local = fields.next().is_some_and(|local| local.ends_with(&wanted));
        let remote_is_any = fields
            .next()
            .is_some_and(|remote| remote.ends_with(":0000"));
        is_local && remote_is_any
    })
}

fn remove_old(path: &Path) -> Result<(), Error> {
    match fs::remove_file(path) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
            Err(Error::io("remove", path)(error))
        }
        Ok(()) | Err(_) => Ok(()),
    }
}

fn unexpected(name: &str, what: String) -> Error {
    Error::Unexpected {
        name: name.to_owned(),
        what,
    }
}

/// A fresh folder for SIPp's files.
pub(crate) fn folder(out: &Path) -> Result<PathBuf, Error> {
    let path = out.join("sipp");
    fs::create_dir_all(&path).map_err(Error::io("create", &path))?;
    path.canonicalize().map_err(Error::io("open", &path))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn statistics_are_read_by_name_from_the_last_line() {
        let text = "A;SuccessfulCall(C);FailedCall(C);Retransmissions(C);\n1;2;3;4;\n9;10;1;7;\n";
        let stats = parse_stats(text).unwrap();
        assert_eq!(
            (stats.successful, stats.failed, stats.retransmissions),
            (10, 1, 7)
        );
        assert_eq!(parse_stats("A;B\n1;2\n"), None);
        assert_eq!(parse_stats(""), None);
    }

    #[test]
    fn response_times_come_sorted() {
        assert_eq!(
            parse_times("Date_ms;response_time_ms;rtd_no\n4.0;8;1\n5.0;4;1\n"),
            [4.0, 8.0]
        );
    }
}
