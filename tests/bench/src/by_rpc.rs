//! Part a, the other way: tm:local-request raised for real, by RPC tm.t_uac_start.

use std::net::SocketAddr;

use crate::error::Error;
use crate::evroute::{self, Age};
use crate::kamailio::{self, Handler};
use crate::options::Options;
use crate::probe;
use crate::progress::Progress;
use crate::report::Report;
use crate::rpc_client::RpcClient;
use crate::sample::Series;
use crate::server::{Running, Server};
use crate::tool;

const METHOD: [&str; 4] = [
    "CPU of all the server's processes for one RPC tm.t_uac_start with its request and answer;",
    "`added` is the same round's difference to the server without handler: the temporary message,",
    "the handler with its log line, and the colder caches of a real event. A difference of two",
    "large numbers: read it as an order of magnitude, and the loop above as the comparison.",
];

/// What a server is measured for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Role {
    /// Without a handler: those after it are compared to it.
    Baseline,
    /// With one.
    Handled,
}

/// A server with one way of handling the event, and its costs so far.
struct Subject {
    role: Role,
    running: Running,
    client: RpcClient,
    whole: Series,
    added: Series,
}

/// Measures every server in turn, round by round.
pub(crate) fn measure(options: &Options, progress: &Progress) -> Result<Report, Error> {
    tool::require_kamailio()?;
    let effort = options.effort();
    let sink = probe::open_sink()?;
    let mut subjects = subjects(options)?;
    let body = request_body(sink);
    for subject in &mut subjects {
        subject.sample(&body, effort.rpc_requests)?;
    }
    for round in 1..=effort.event_rounds {
        progress.say(&format!(
            "events by RPC: round {round} of {}",
            effort.event_rounds
        ));
        let mut without = 0.0;
        for subject in &mut subjects {
            let cost = subject.sample(&body, effort.rpc_requests)?;
            subject.whole.samples.push(cost);
            match subject.role {
                Role::Baseline => without = cost,
                Role::Handled => subject.added.samples.push(cost - without),
            }
        }
    }
    Ok(report(subjects))
}

/// The servers in the order of the table, each family led by its baseline.
fn subjects(options: &Options) -> Result<Vec<Subject>, Error> {
    let mut subjects = Vec::new();
    if let Some(binary) = &options.evroute {
        let without = evroute::proxy(binary, Age::Now, None, &options.out)?;
        subjects.push(Subject::start(&without, Role::Baseline)?);
        if let Some(handler) = &options.local_request {
            let with = evroute::proxy(binary, Age::Now, Some(handler), &options.out)?;
            subjects.push(Subject::start(&with, Role::Handled)?);
        }
    }
    for handler in Handler::ALL {
        let role = if handler == Handler::Absent {
            Role::Baseline
        } else {
            Role::Handled
        };
        subjects.push(Subject::start(
            &kamailio::local_request(handler, &options.out)?,
            role,
        )?);
    }
    Ok(subjects)
}

fn report(subjects: Vec<Subject>) -> Report {
    let mut report = Report::new("event-by-rpc", "a. The real event, raised by RPC", &METHOD);
    let native = subjects
        .iter()
        .find(|subject| subject.whole.name.ends_with("native"));
    if let Some(native) = native {
        subjects
            .iter()
            .filter(|subject| subject.role == Role::Handled)
            .filter(|subject| subject.added.name != native.added.name)
            .for_each(|subject| report.ratio(&subject.added, &native.added));
    }
    for subject in subjects {
        report.row(subject.whole);
        if subject.role == Role::Handled {
            report.row(subject.added);
        }
    }
    report
}

impl Subject {
    fn start(server: &Server, role: Role) -> Result<Self, Error> {
        let running = server.start()?;
        let client = RpcClient::connect(server.rpc.unwrap_or(server.sip))?;
        let name = running.name().to_owned();
        let added = Series::new(format!("{name}, added"), "us");
        Ok(Self {
            role,
            running,
            client,
            whole: Series::new(name, "us"),
            added,
        })
    }

    /// CPU per request in us.
    fn sample(&mut self, body: &str, requests: u32) -> Result<f64, Error> {
        self.running.truncate_log()?;
        let before = self.running.cpu();
        for _ in 0..requests {
            let answer = self.client.post(body)?;
            if !answer.contains("\"result\"") {
                let name = self.running.name().to_owned();
                return Err(Error::Unexpected {
                    name,
                    what: format!("RPC refused: {answer}"),
                });
            }
        }
        let spent = self.running.cpu().saturating_sub(before);
        Ok(spent.as_secs_f64() * 1e6 / f64::from(requests))
    }
}

fn request_body(sink: SocketAddr) -> String {
    let headers = "From: <sip:alice@example.com>\r\nTo: <sip:bob@example.com>\r\n";
    serde_json::json!({
        "jsonrpc": "2.0",
        "method": "tm.t_uac_start",
        "params": ["OPTIONS", format!("sip:bob@{sink}"), ".", ".", headers, ""],
        "id": 1,
    })
    .to_string()
}
