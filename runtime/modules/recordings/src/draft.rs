//! A run that is over, until it is a file.

use std::sync::Arc;

use evroute_event::{Endpoint, ReplyParts, Subject};
use evroute_http::HttpRequest;
use evroute_module_api::RunEnd;
use evroute_recording::{
    CallLog, RecordedCall, RecordedEnd, RecordedEvent, RecordedTls, Recording, RecordingHeader,
};
use evroute_sip::Message;
use evroute_tenant::TlsHandshake;

use crate::GivenSubject;
use crate::selection::Kept;

/// What is in a recording, put together where there is time for it.
#[derive(Debug)]
pub struct RunDraft {
    kept: Option<Kept>,
    header: RecordingHeader,
    event: RecordedEvent,
    given: Option<Message>,
    calls: Vec<RecordedCall>,
    end: RecordedEnd,
    left: Option<Message>,
    http: Option<Arc<HttpRequest>>,
    bytes: usize,
}

impl RunDraft {
    /// Of a run that is over, and why it is kept. `given` is what it was about before the run,
    /// `domains` are the tenant's.
    #[must_use]
    pub fn new(
        kept: Option<Kept>,
        given: GivenSubject,
        calls: &CallLog,
        domains: &[String],
        run: &RunEnd<'_>,
    ) -> Self {
        let GivenSubject {
            message: given,
            next_hop,
        } = given;
        let left = run.subject.message.clone().filter(|_| given.is_some());
        let messages = given.iter().chain(&left).map(|message| message.raw().len());
        let http = run.subject.http.clone();
        let body = http.as_ref().map_or(0, |request| request.body.len());
        let bytes = calls.bytes() + messages.sum::<usize>() + body;
        Self {
            kept,
            header: header(domains, run),
            event: RecordedEvent {
                next_hop,
                ..event(run)
            },
            calls: calls.take(),
            end: end(run),
            given,
            left,
            http,
            bytes,
        }
    }

    /// About how much memory it takes, in bytes.
    pub(crate) const fn bytes(&self) -> usize {
        self.bytes
    }

    /// The request of HTTP that it is about. It is in the recording as far as the run asked for it.
    pub(crate) fn http(&self) -> Option<Arc<HttpRequest>> {
        self.http.clone()
    }

    /// The recording, not redacted.
    #[must_use]
    pub fn recording(self) -> Recording {
        let printed = |message: Message| message.print().to_vec();
        Recording {
            header: Some(RecordingHeader {
                kept: self.kept.map(|kept| kept.word().to_owned()),
                ..self.header
            }),
            event: Some(RecordedEvent {
                message: self.given.map(printed),
                ..self.event
            }),
            calls: self.calls,
            end: Some(RecordedEnd {
                message: self.left.map(printed),
                ..self.end
            }),
        }
    }
}

fn header(domains: &[String], run: &RunEnd<'_>) -> RecordingHeader {
    let context = run.handler_context;
    let limits = context.limits.named().into_iter();
    // A replay has time.
    let limits = limits.filter(|(name, _)| *name != "run_deadline_ms");
    let limits = limits.map(|(name, most)| (name.to_owned(), most));
    RecordingHeader {
        evroute: env!("CARGO_PKG_VERSION").to_owned(),
        component_digest: run.component_digest.to_string(),
        handler: context.handler.to_string(),
        revision: context.revision.number(),
        tenant: context.tenant.id.to_string(),
        grants: context.grants.texts().collect(),
        limits: limits.collect(),
        seed: run.seed.map(|seed| seed.to_vec()),
        domains: domains.to_vec(),
        kept: None,
    }
}

fn event(run: &RunEnd<'_>) -> RecordedEvent {
    let Subject {
        time_us,
        source,
        received,
        authenticated,
        tls,
        ..
    } = run.subject;
    let user = authenticated.as_ref();
    let hop = |end: &Endpoint| format!("{}:{}", end.proto, end.address);
    RecordedEvent {
        name: run.binding.name().as_str().to_owned(),
        interface: run.binding.interface().to_owned(),
        time_us: *time_us,
        message: None,
        source: source.as_ref().map(hop),
        received: received.as_ref().map(hop),
        user_name: user.map(|user| user.user_name.clone()),
        realm: user.map(|user| user.realm.clone()),
        next_hop: None,
        tls: tls.as_deref().map(recorded),
    }
}

fn recorded(tls: &TlsHandshake) -> RecordedTls {
    let first = tls.peer.as_ref().and_then(|peer| peer.names.first());
    RecordedTls {
        version: tls.version.to_string(),
        cipher: tls.cipher.to_string(),
        server_name: tls.server_name.as_deref().map(str::to_owned),
        is_verified: tls.peer.is_some(),
        peer: first.map(|name| name.to_string()),
    }
}

fn end(run: &RunEnd<'_>) -> RecordedEnd {
    let verdict = run.verdict.map(|verdict| run.binding.written(&**verdict));
    let reply = run.subject.reply.as_ref().map(ReplyParts::print);
    RecordedEnd {
        outcome: run.outcome.to_string(),
        verdict: verdict.flatten(),
        message: None,
        fuel: run.fuel,
        memory_bytes: run.memory_bytes,
        next_hop: run.subject.next_hop.clone(),
        reply: reply.filter(|printed| !printed.is_empty()),
    }
}
