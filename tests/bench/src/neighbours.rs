//! Part e: how long honest tenants wait for an answer beside a hostile one, in each lane.

use std::collections::HashMap;
use std::net::{SocketAddr, UdpSocket};
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use crate::error::Error;
use crate::evroute::{self, Lane};
use crate::options::{Effort, Options};
use crate::probe::header;
use crate::progress::Progress;
use crate::report::Report;
use crate::sample::{Series, percentile};

const METHOD: [&str; 5] = [
    "999 honest tenants are asked by OPTIONS over UDP in turn, one every 5 ms, whether or not they have answered (open loop).",
    "A wait counts from the moment at which the request was due. Not answered within 5 s counts as 5 s.",
    "Beside it a hostile tenant spins for its whole deadline, 50 ms, on each of 64 requests every 2.2 s.",
    "Alone and beside take turns within each round; the ratio is taken within the round.",
    "Two workers, default quotas: the hostile tenant has 250 ms of each second.",
];

/// How often one of the honest tenants is asked.
const EVERY: Duration = Duration::from_millis(5);
/// What a request that is not answered counts as.
const LOST_AFTER: Duration = Duration::from_secs(5);
/// The hostile tenant's requests: so many at once, so often.
const BURST: u32 = 64;
const BURST_EVERY: Duration = Duration::from_millis(2200);
/// How often a sender looks whether it is to stop.
const STEP: Duration = Duration::from_millis(20);
const HOSTILE: &str = "mallory.example";
const DATAGRAM_BYTES_MAX: usize = 65_535;

/// Measures each lane of which there is a hostile component.
pub(crate) fn measure(options: &Options, progress: &Progress) -> Result<Report, Error> {
    let mut report = Report::new(
        "neighbours",
        "e. Honest tenants beside a hostile one",
        &METHOD,
    );
    let Some(binary) = &options.evroute else {
        return Ok(report);
    };
    let components = [
        (Lane::Sync, &options.hostile),
        (Lane::Async, &options.hostile_async),
    ];
    for (lane, component) in components {
        let Some(component) = component else { continue };
        let server = evroute::neighbours(binary, component, lane, &options.out)?.start()?;
        let series = |what: &str, unit| Series::new(format!("{} lane, {what}", lane.label()), unit);
        let (mut alone, mut beside) = (series("p99 alone", "ms"), series("p99 beside", "ms"));
        let mut median = series("median beside", "ms");
        let Effort {
            neighbour_rounds: rounds,
            neighbour_asked: asked,
            ..
        } = options.effort();
        for round in 1..=rounds {
            let quiet = waits(server.server.sip, asked)?;
            let busy = beside_hostile(server.server.sip, asked)?;
            alone.samples.extend(percentile(&quiet, 99));
            beside.samples.extend(percentile(&busy, 99));
            median.samples.extend(percentile(&busy, 50));
            let label = lane.label();
            progress.say(&format!(
                "neighbours, {label} lane: round {round} of {rounds}"
            ));
        }
        report.ratio(&beside, &alone);
        for series in [alone, beside, median] {
            report.row(series);
        }
    }
    Ok(report)
}

/// The same beside bursts of the hostile tenant's.
fn beside_hostile(server: SocketAddr, asked: u32) -> Result<Vec<f64>, Error> {
    let stop = AtomicBool::new(false);
    thread::scope(|scope| {
        let hostile = scope.spawn(|| bursts(server, &stop));
        let waits = waits(server, asked);
        stop.store(true, Ordering::Relaxed);
        let ended = hostile.join().unwrap_or_else(|_| {
            Err(Error::Unexpected {
                name: "the hostile tenant".to_owned(),
                what: "its sender broke".to_owned(),
            })
        });
        ended.and(waits)
    })
}

fn bursts(server: SocketAddr, stop: &AtomicBool) -> Result<(), Error> {
    let failed = Error::net("send to", server);
    let send = || {
        let socket = UdpSocket::bind("127.0.0.1:0")?;
        let own = socket.local_addr()?;
        let mut number = 0;
        while !stop.load(Ordering::Relaxed) {
            for _ in 0..BURST {
                number += 1;
                socket.send_to(options(own, HOSTILE, number).as_bytes(), server)?;
            }
            let begun = Instant::now();
            while begun.elapsed() < BURST_EVERY && !stop.load(Ordering::Relaxed) {
                thread::sleep(STEP);
            }
        }
        Ok(())
    };
    send().map_err(failed)
}

/// How long the honest tenants' answers take, in milliseconds, sorted.
fn waits(server: SocketAddr, asked: u32) -> Result<Vec<f64>, Error> {
    let failed = Error::net("ask by OPTIONS", server);
    let ask = || -> std::io::Result<Vec<f64>> {
        let socket = UdpSocket::bind("127.0.0.1:0")?;
        let own = socket.local_addr()?;
        socket.set_read_timeout(Some(STEP))?;
        let begun = Instant::now();
        let due = |number: u32| begun + EVERY * number;
        let is_over = AtomicBool::new(false);
        thread::scope(|scope| {
            let answered = scope.spawn(|| answers(&socket, &is_over, asked));
            let mut sent = Ok(0);
            for number in 0..asked {
                thread::sleep(due(number).saturating_duration_since(Instant::now()));
                let honest = evroute::honest_domain(number % evroute::HONEST_TENANTS);
                sent = socket.send_to(options(own, &honest, number).as_bytes(), server);
                if sent.is_err() {
                    break;
                }
            }
            let last = due(asked) + LOST_AFTER;
            while !answered.is_finished() && Instant::now() < last {
                thread::sleep(STEP);
            }
            is_over.store(true, Ordering::Relaxed);
            let arrived = answered.join().unwrap_or_default();
            sent?;
            let lost = LOST_AFTER.as_secs_f64();
            let wait = |number: u32| {
                let arrived = arrived.get(&number);
                arrived.map_or(lost, |at| at.duration_since(due(number)).as_secs_f64())
            };
            let mut waits: Vec<f64> = (0..asked).map(|number| wait(number) * 1e3).collect();
            waits.sort_by(f64::total_cmp);
            Ok(waits)
        })
    };
    ask().map_err(failed)
}

/// When the answer to each request came, until all are there or it is over.
fn answers(socket: &UdpSocket, is_over: &AtomicBool, asked: u32) -> HashMap<u32, Instant> {
    let mut arrived = HashMap::new();
    let mut buffer = vec![0; DATAGRAM_BYTES_MAX];
    let all = usize::try_from(asked).unwrap_or(usize::MAX);
    while arrived.len() < all && !is_over.load(Ordering::Relaxed) {
        let Ok((length, _)) = socket.recv_from(&mut buffer) else {
            continue;
        };
        let answer = String::from_utf8_lossy(buffer.get(..length).unwrap_or_default());
        let number = header(&answer, "Call-ID").and_then(|id| id.rsplit('-').next()?.parse().ok());
        if let Some(number) = number {
            arrived.entry(number).or_insert_with(Instant::now);
        }
    }
    arrived
}

/// A request of a peer to this host; no two are alike.
fn options(own: SocketAddr, host: &str, number: u32) -> String {
    let call_id = format!("{}-{}-{number}", own.port(), std::process::id());
    format!(
        "OPTIONS sip:{host} SIP/2.0\r\nVia: SIP/2.0/UDP {own};branch=z9hG4bK{call_id}\r\n\
         Max-Forwards: 70\r\nFrom: <sip:peer@{host}>;tag={number}\r\nTo: <sip:{host}>\r\n\
         Call-ID: {call_id}\r\nCSeq: 1 OPTIONS\r\nContent-Length: 0\r\n\r\n"
    )
}
