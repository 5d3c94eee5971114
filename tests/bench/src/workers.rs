//! Part f: what one UDP listener can take on one worker and on two.

use std::io::{self, ErrorKind};
use std::net::{SocketAddr, UdpSocket};
use std::thread;
use std::time::{Duration, Instant};

use crate::cpu;
use crate::error::Error;
use crate::evroute;
use crate::options::{Effort, Options};
use crate::progress::Progress;
use crate::report::Report;
use crate::sample::Series;
use crate::server::{Running, Server};

const METHOD: [&str; 6] = [
    "OPTIONS to the server itself over UDP, each with a Call-ID and a branch of its own; the handler of",
    "part c runs on each. So many are on their way that the server is never without work (closed loop).",
    "The requests come from one thread on the same machine; its part of the processors is a row.",
    "One worker and two take turns within each round; the ratio is taken within the round.",
    "Two workers have what the sender leaves of the machine. What they would do with two processors of",
    "their own is a row as well: twice the CPU of an answer on one worker, by that of one on two.",
];

/// Requests on their way at the same time: they fit into the buffers of the sockets.
const WINDOW: usize = 128;
/// How long the sender sleeps when so many are on their way.
const NAP: Duration = Duration::from_micros(200);
/// When nothing comes any more, what is missing was lost.
const LOST_AFTER: Duration = Duration::from_secs(1);
const ANSWER_BYTES_MAX: usize = 4096;

/// What one server did with one sample's requests.
struct Sample {
    answered_per_second: f64,
    server_cpu_us: f64,
    /// Processors that the server had.
    server_share: f64,
    /// Processors that the sender had.
    sender_share: f64,
    lost: usize,
}

/// What was measured of one server.
struct Tally {
    answered: Series,
    cpu: Series,
    share: Series,
    sender: Series,
    lost: Series,
}

/// Measures a server with one worker and one with two.
pub(crate) fn measure(options: &Options, progress: &Progress) -> Result<Report, Error> {
    let title = "f. One UDP listener on one worker and on two";
    let mut report = Report::new("workers", title, &METHOD);
    let (Some(binary), Some(handler)) = (&options.evroute, &options.handler) else {
        return Ok(report);
    };
    let servers = [1, 2].map(|workers| evroute::workers(binary, handler, workers, &options.out));
    let servers: Vec<Server> = servers.into_iter().collect::<Result<_, _>>()?;
    let running: Vec<Running> = servers
        .iter()
        .map(Server::start)
        .collect::<Result<_, _>>()?;
    let mut tallies: Vec<Tally> = running
        .iter()
        .map(|server| Tally::new(server.name()))
        .collect();
    let Effort {
        worker_rounds: rounds,
        worker_requests: requests,
        ..
    } = options.effort();
    for round in 0..=rounds {
        for (server, tally) in running.iter().zip(&mut tallies) {
            let sample = sample(server, requests)?;
            progress.say(&format!(
                "{}: round {round} of {rounds}, {:.0} answers/s, {} lost",
                server.name(),
                sample.answered_per_second,
                sample.lost
            ));
            // The first round warms up.
            if round > 0 {
                tally.add(&sample);
            }
        }
    }
    if let [one, two] = tallies.as_slice() {
        report.ratio(&two.answered, &one.answered);
        report.ratio(&two.cpu, &one.cpu);
        report.row(undisturbed(&one.cpu, &two.cpu));
    }
    for tally in tallies {
        let Tally {
            answered,
            cpu,
            share,
            sender,
            lost,
        } = tally;
        for series in [answered, cpu, share, sender, lost] {
            report.row(series);
        }
    }
    Ok(report)
}

/// What two workers would do with two processors of their own, by the CPU that an answer takes.
fn undisturbed(one: &Series, two: &Series) -> Series {
    let pairs = one.samples.iter().zip(&two.samples);
    Series {
        samples: pairs.map(|(one, two)| 2.0 * one / two).collect(),
        ..Series::new(
            "2 workers / 1 worker, each with a processor of its own",
            "x",
        )
    }
}

impl Tally {
    fn new(server: &str) -> Self {
        let series = |what: &str, unit: &str| Series::new(format!("{server}{what}"), unit);
        Self {
            answered: series("", "1/s"),
            cpu: series(", CPU of the server", "us/answer"),
            share: series(", processors of the server", "cores"),
            sender: series(", processors of the sender", "cores"),
            lost: series(", lost", "requests"),
        }
    }

    fn add(&mut self, sample: &Sample) {
        self.answered.samples.push(sample.answered_per_second);
        self.cpu.samples.push(sample.server_cpu_us);
        self.share.samples.push(sample.server_share);
        self.sender.samples.push(sample.sender_share);
        let lost = u32::try_from(sample.lost).unwrap_or(u32::MAX);
        self.lost.samples.push(f64::from(lost));
    }
}

fn sample(server: &Running, requests: u32) -> Result<Sample, Error> {
    let address = server.server.sip;
    let failed = |error| Error::net("ask by OPTIONS", address)(error);
    let socket = open(address).map_err(failed)?;
    let own = socket.local_addr().map_err(failed)?;
    let requests: Vec<String> = (0..requests).map(|number| options(own, number)).collect();
    let (server_before, own_before) = (server.cpu(), cpu::of_process(std::process::id()));
    let (answered, took) = ask(&socket, &requests).map_err(failed)?;
    let spent = server.cpu().saturating_sub(server_before).as_secs_f64();
    let own_spent = cpu::of_process(std::process::id()).saturating_sub(own_before);
    let number = f64::from(u32::try_from(answered).unwrap_or(u32::MAX)).max(1.0);
    let took = took.as_secs_f64();
    Ok(Sample {
        answered_per_second: number / took,
        server_cpu_us: spent * 1e6 / number,
        server_share: spent / took,
        sender_share: own_spent.as_secs_f64() / took,
        lost: requests.len().saturating_sub(answered),
    })
}

fn open(server: SocketAddr) -> io::Result<UdpSocket> {
    let socket = UdpSocket::bind("127.0.0.1:0")?;
    socket.connect(server)?;
    socket.set_nonblocking(true)?;
    Ok(socket)
}

/// Sends all of them; how many were answered, and the time until the last answer.
fn ask(socket: &UdpSocket, requests: &[String]) -> io::Result<(usize, Duration)> {
    let begun = Instant::now();
    let mut last = begun;
    let (mut sent, mut answered, mut lost) = (0, 0, 0);
    let mut buffer = [0; ANSWER_BYTES_MAX];
    while answered + lost < requests.len() {
        let room = WINDOW.saturating_sub(sent - answered - lost);
        for request in requests.iter().skip(sent).take(room) {
            match socket.send(request.as_bytes()) {
                Ok(_) => sent += 1,
                Err(error) if error.kind() == ErrorKind::WouldBlock => break,
                Err(error) => return Err(error),
            }
        }
        let before = answered;
        loop {
            match socket.recv(&mut buffer) {
                Ok(_) => answered += 1,
                Err(error) if error.kind() == ErrorKind::WouldBlock => break,
                Err(error) => return Err(error),
            }
        }
        if answered > before {
            last = Instant::now();
        } else if last.elapsed() > LOST_AFTER {
            lost = sent - answered;
            last = Instant::now();
        } else {
            thread::sleep(NAP);
        }
    }
    Ok((answered, last.duration_since(begun)))
}

/// A request of a peer to this server; no two are alike.
fn options(own: SocketAddr, number: u32) -> String {
    let call_id = format!("{}-{}-{number}", own.port(), std::process::id());
    format!(
        "OPTIONS sip:127.0.0.1 SIP/2.0\r\nVia: SIP/2.0/UDP {own};branch=z9hG4bK{call_id}\r\n\
         Max-Forwards: 70\r\nFrom: <sip:peer@127.0.0.1>;tag={number}\r\nTo: <sip:127.0.0.1>\r\n\
         Call-ID: {call_id}\r\nCSeq: 1 OPTIONS\r\nContent-Length: 0\r\n\r\n"
    )
}
