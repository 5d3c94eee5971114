//! Part h: registrations with a password, CPU for each, all servers in one run.

use std::path::Path;
use std::thread;
use std::time::Duration;

use serde_json::json;

use crate::error::Error;
use crate::evroute::{self, Durability};
use crate::kamailio::{self, Memory};
use crate::options::{Effort, Options};
use crate::progress::Progress;
use crate::report::Report;
use crate::rpc_client::RpcClient;
use crate::sample::Series;
use crate::server::{Running, Server};
use crate::sipp::{self, CallStats, Load, SUBSCRIBER, SUBSCRIBER_HA1, Transport};
use crate::tool;

const METHOD: [&str; 5] = [
    "SIPp registers users over UDP: REGISTER 401, REGISTER with a password 200 (MD5, one contact each).",
    "CPU (user and system) of all the server's processes and threads / users that were registered.",
    "The first round, which registers them, warms up and is not counted: phones register again and again.",
    "`held` is what all processes hold more after that round (Pss), for each user that it has registered.",
    "evroute answers 200 when it is on the disk (durability process); Kamailio keeps it in memory.",
];

/// Measures every server in turn, round by round.
pub(crate) fn measure(options: &Options, progress: &Progress) -> Result<Report, Error> {
    tool::require_sipp()?;
    tool::require_kamailio()?;
    let out = sipp::folder(&options.out)?;
    let effort = options.effort();
    let mut subjects = servers(options)?
        .iter()
        .map(Subject::start)
        .collect::<Result<Vec<_>, _>>()?;
    for subject in &subjects {
        progress.say(&format!(
            "registrations: {} warms up",
            subject.running.name()
        ));
        subject.sample(effort, &out)?;
    }
    for round in 1..=effort.call_rounds {
        for subject in &mut subjects {
            let (each, stats) = subject.sample(effort, &out)?;
            subject.cpu_each.samples.push(each);
            subject.failed.samples.push(f64::from(stats.failed));
            progress.say(&format!(
                "registrations: round {round} of {}, {}: {each:.0} us each, {} registered, \
                 {} failed, {} sent again",
                effort.call_rounds,
                subject.running.name(),
                stats.successful,
                stats.failed,
                stats.retransmissions,
            ));
        }
    }
    Ok(report(subjects))
}

/// The servers in the order of the table.
fn servers(options: &Options) -> Result<Vec<Server>, Error> {
    let mut servers = Vec::new();
    if let Some(binary) = &options.evroute {
        for durability in [Durability::Process, Durability::None] {
            servers.push(evroute::registrar(binary, durability, &options.out)?);
        }
    }
    for memory in Memory::ALL {
        servers.push(kamailio::registrar(memory, &options.out)?);
    }
    Ok(servers)
}

/// A server, and what its registrations cost so far.
struct Subject {
    running: Running,
    cpu_each: Series,
    failed: Series,
    /// Memory that the first registration of each user has cost.
    held: Series,
}

impl Subject {
    /// One that knows the user whose password is used.
    fn start(server: &Server) -> Result<Self, Error> {
        let running = server.start()?;
        if let Some(rpc) = server.rpc {
            let put = json!({
                "jsonrpc": "2.0",
                "id": 1,
                "method": "subscriber.put",
                "params": {
                    "rows": [{
                        "user": SUBSCRIBER,
                        "realm": "127.0.0.1",
                        "ha1": { "MD5": SUBSCRIBER_HA1 },
                    }],
                    "replaces": "may",
                },
            });
            let answer = RpcClient::connect(rpc)?.post(&put.to_string())?;
            if !answer.contains("\"result\"") {
                let what = format!("the user was not taken: {answer}");
                return Err(unexpected(&running, what));
            }
        }
        let name = running.name().to_owned();
        Ok(Self {
            failed: Series::new(format!("{name}, failed"), "users"),
            held: Series::new(format!("{name}, held"), "KiB each"),
            cpu_each: Series::new(name, "us each"),
            running,
        })
    }

    /// CPU of one registration in us, and how all went.
    fn sample(&self, effort: Effort, out: &Path) -> Result<(f64, CallStats), Error> {
        let load = Load {
            server: self.running.server.sip,
            transport: Transport::Udp,
            calls: effort.calls,
            calls_per_second: effort.calls_per_second,
        };
        let before = self.running.cpu();
        let stats = sipp::register_users(&load, out)?;
        thread::sleep(effort.settle);
        let spent: Duration = self.running.cpu().saturating_sub(before);
        if stats.successful == 0 {
            let what = format!("not one of {} users was registered", load.calls);
            return Err(unexpected(&self.running, what));
        }
        let each = spent.as_secs_f64() * 1e6 / f64::from(stats.successful);
        Ok((each, stats))
    }
}

fn report(subjects: Vec<Subject>) -> Report {
    let title = "h. Registrations with a password";
    let mut report = Report::new("registrations", title, &METHOD);
    for (index, subject) in subjects.iter().enumerate() {
        for below in subjects.iter().skip(index + 1) {
            report.ratio(&subject.cpu_each, &below.cpu_each);
        }
    }
    for subject in subjects {
        report.row(subject.cpu_each);
        report.row(subject.failed);
        report.row(subject.held);
    }
    report
}

fn unexpected(running: &Running, what: String) -> Error {
    Error::Unexpected {
        name: running.name().to_owned(),
        what,
    }
}
