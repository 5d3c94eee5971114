//! Part c: calls relayed, CPU per call, all servers in one run.

use std::path::Path;
use std::thread;
use std::time::Duration;

use crate::error::Error;
use crate::evroute::{self, Age};
use crate::kamailio::{self, Memory};
use crate::options::{Effort, Options};
use crate::progress::Progress;
use crate::report::Report;
use crate::sample::{Series, percentile};
use crate::server::{Running, Server};
use crate::sipp::{self, CallStats, Callee, Load, Transport};
use crate::tool;

const METHOD: [&str; 5] = [
    "SIPp calls a registered user through the server: INVITE 180 200 ACK, BYE 200, Record-Route.",
    "CPU (user and system) of all the server's processes and threads / calls that succeeded.",
    "Servers take turns within each round; the first round warms up and is not counted.",
    "`whole phase` also counts what a server does while others are measured (freeing, timers).",
    "Setup time includes 50 ms in which the callee rings; SIPp's clock has a step of 4 ms.",
];

/// What was measured of one server over one transport.
#[derive(Debug)]
struct Tally {
    cpu_per_call: Series,
    setup_p50: Series,
    setup_p99: Series,
    failed: Series,
    /// Server CPU when the first counted round began.
    phase_start: Duration,
    /// Calls since then.
    phase_calls: u32,
}

/// Measures every server over UDP, then over TCP.
pub(crate) fn measure(options: &Options, progress: &Progress) -> Result<Report, Error> {
    tool::require_sipp()?;
    tool::require_kamailio()?;
    let out = sipp::folder(&options.out)?;
    let running: Vec<Running> = servers(options)?
        .iter()
        .map(Server::start)
        .collect::<Result<_, _>>()?;
    let mut report = Report::new("calls", "c. Calls relayed", &METHOD);
    for transport in Transport::ALL {
        let bench = Bench {
            effort: options.effort(),
            transport,
            out: &out,
            progress,
        };
        let tallies = bench.measure(&running)?;
        add(&mut report, tallies, &running);
    }
    Ok(report)
}

/// The servers in the order of the table. One more server is one more line here.
fn servers(options: &Options) -> Result<Vec<Server>, Error> {
    let mut servers = Vec::new();
    let binaries = [(Age::Now, &options.evroute), (Age::Before, &options.before)];
    for (age, binary) in binaries {
        let Some(binary) = binary else { continue };
        servers.push(evroute::proxy(binary, age, None, &options.out)?);
        if let Some(handler) = &options.handler {
            servers.push(evroute::proxy(binary, age, Some(handler), &options.out)?);
        }
    }
    for memory in Memory::ALL {
        servers.push(kamailio::proxy(memory, &options.out)?);
    }
    Ok(servers)
}

/// What all rounds over one transport have in common.
struct Bench<'a> {
    effort: Effort,
    transport: Transport,
    out: &'a Path,
    progress: &'a Progress,
}

impl Bench<'_> {
    fn measure(&self, running: &[Running]) -> Result<Vec<Tally>, Error> {
        let transport = self.transport.label();
        for server in running {
            self.progress.say(&format!(
                "calls over {transport}: {} warms up",
                server.name()
            ));
            self.sample(server)?;
        }
        let mut tallies: Vec<Tally> = running
            .iter()
            .map(|server| Tally::begin(server, transport))
            .collect();
        for round in 1..=self.effort.call_rounds {
            for (server, tally) in running.iter().zip(&mut tallies) {
                let (spent, stats) = self.sample(server)?;
                let per_call = tally.add(spent, &stats);
                self.progress.say(&format!(
                    "calls over {transport}: round {round} of {}, {}: {per_call:.0} us/call, \
                     {} calls, {} failed, {} sent again",
                    self.effort.call_rounds,
                    server.name(),
                    stats.successful,
                    stats.failed,
                    stats.retransmissions,
                ));
            }
        }
        Ok(tallies)
    }

    /// CPU that the server spent on one load, and how the calls went.
    fn sample(&self, server: &Running) -> Result<(Duration, CallStats), Error> {
        let load = Load {
            server: server.server.sip,
            transport: self.transport,
            calls: self.effort.calls,
            calls_per_second: self.effort.calls_per_second,
        };
        let _callee = Callee::start(&load, self.out)?;
        let before = server.cpu();
        let stats = sipp::make_calls(&load, self.out)?;
        thread::sleep(self.effort.settle);
        let spent = server.cpu().saturating_sub(before);
        if stats.successful == 0 {
            let what = format!("not one of {} calls succeeded", load.calls);
            return Err(Error::Unexpected {
                name: server.name().to_owned(),
                what,
            });
        }
        Ok((spent, stats))
    }
}

impl Tally {
    fn begin(server: &Running, transport: &str) -> Self {
        let series = |what: &str, unit: &str| {
            Series::new(format!("{} {transport}{what}", server.name()), unit)
        };
        Self {
            cpu_per_call: series("", "us/call"),
            setup_p50: series(", setup p50", "ms"),
            setup_p99: series(", setup p99", "ms"),
            failed: series(", calls failed", "calls"),
            phase_start: server.cpu(),
            phase_calls: 0,
        }
    }

    /// Adds one round; returns its CPU per call in us.
    fn add(&mut self, spent: Duration, stats: &CallStats) -> f64 {
        let per_call = spent.as_secs_f64() * 1e6 / f64::from(stats.successful);
        self.cpu_per_call.samples.push(per_call);
        self.setup_p50
            .samples
            .extend(percentile(&stats.setup_ms, 50));
        self.setup_p99
            .samples
            .extend(percentile(&stats.setup_ms, 99));
        self.failed.samples.push(f64::from(stats.failed));
        self.phase_calls += stats.successful;
        per_call
    }

    fn whole_phase(&self, server: &Running) -> Series {
        let spent = server.cpu().saturating_sub(self.phase_start);
        let per_call = spent.as_secs_f64() * 1e6 / f64::from(self.phase_calls.max(1));
        let name = format!("{}, whole phase", self.cpu_per_call.name);
        Series {
            samples: vec![per_call],
            ..Series::new(name, "us/call")
        }
    }
}

/// Adds the rows of one transport, and the ratio of each server to those after it.
fn add(report: &mut Report, tallies: Vec<Tally>, running: &[Running]) {
    for (index, tally) in tallies.iter().enumerate() {
        for below in tallies.iter().skip(index + 1) {
            report.ratio(&tally.cpu_per_call, &below.cpu_per_call);
        }
    }
    for (tally, server) in tallies.into_iter().zip(running) {
        let whole_phase = tally.whole_phase(server);
        report.row(tally.cpu_per_call);
        report.row(whole_phase);
        report.row(tally.setup_p50);
        report.row(tally.setup_p99);
        report.row(tally.failed);
    }
}
