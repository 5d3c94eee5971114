//! Runs of cases as recordings, and recordings as runs.

use std::time::Instant;

use evroute_event::{LimitKind, Outcome};
use evroute_module_api::HostTrap;
use evroute_module_recordings::{RunDraft, derived};
use evroute_recording::{
    CallLog, CallRecorder, Derived, Divergence, RecordedEnd, RecordedEvent, Recording, Tape,
};
use evroute_sandbox::{CodeCache, Tapping};

use crate::case::Case;
use crate::events::Kind;
use crate::fixture::{Fixture, sandbox};
use crate::mismatch::Mismatch;
use crate::run_suite::{CaseResult, kind, runtime};
use crate::written::MessageSpec;
use crate::{Error, Suite};

/// Ends a run as the outcome says that a call ended it.
fn end_with(outcome: &str) -> wasmtime::Error {
    let limits = [
        LimitKind::HostcallCost,
        LimitKind::HostcallBytes,
        LimitKind::Handles,
        LimitKind::Actions,
        LimitKind::EventDepth,
        LimitKind::EventsQueued,
        LimitKind::TenantState,
    ];
    let shown = |limit: &LimitKind| Outcome::QuotaExceeded(*limit).to_string() == outcome;
    match limits.into_iter().find(shown) {
        Some(limit) => HostTrap::quota(limit),
        None => HostTrap::trap(outcome.strip_prefix("Trap: ").unwrap_or(outcome)),
    }
}

/// What became of a recording that was run again.
#[derive(Clone, Debug)]
pub struct Replayed {
    /// Whether it was the component that was recorded.
    pub is_same_component: bool,
    /// What became of the run then.
    pub recorded: RecordedEnd,
    /// What becomes of it now.
    pub found: RecordedEnd,
    /// Where it leaves the recording, if it does.
    pub divergence: Option<Divergence>,
    /// Where in the handler it was cut short, the innermost function first; empty when it was not.
    pub at: String,
    /// What was logged.
    pub log: Vec<String>,
}

impl Replayed {
    /// What is not as it was. Another component may burn other fuel.
    #[must_use]
    pub fn differences(&self) -> Vec<Mismatch> {
        let (old, new) = (&self.recorded, &self.found);
        let one = |text: &Option<String>| text.iter().cloned().collect::<Vec<_>>();
        let lines = |message: &Option<Vec<u8>>| match message {
            None => Vec::new(),
            Some(bytes) => {
                let text = String::from_utf8_lossy(bytes);
                text.lines().map(str::to_owned).collect()
            }
        };
        let call = |call: &Option<evroute_recording::RecordedCall>| {
            call.iter().map(ToString::to_string).collect::<Vec<_>>()
        };
        let mut differences = Vec::new();
        if let Some(divergence) = &self.divergence {
            let (recorded, found) = (call(&divergence.recorded), call(&divergence.found));
            differences.extend(Mismatch::between("call", recorded, found));
        }
        let outcomes = (vec![old.outcome.clone()], vec![new.outcome.clone()]);
        differences.extend(Mismatch::between("outcome", outcomes.0, outcomes.1));
        differences.extend(Mismatch::between(
            "verdict",
            one(&old.verdict),
            one(&new.verdict),
        ));
        differences.extend(Mismatch::between(
            "message",
            lines(&old.message),
            lines(&new.message),
        ));
        differences.extend(Mismatch::between(
            "next_hop",
            one(&old.next_hop),
            one(&new.next_hop),
        ));
        if self.is_same_component {
            let fuel = (vec![old.fuel.to_string()], vec![new.fuel.to_string()]);
            differences.extend(Mismatch::between("fuel", fuel.0, fuel.1));
        }
        differences
    }
}

/// Runs a component through all cases, and records each run under the name of its case.
///
/// # Errors
/// The component is refused or does not handle the event, a database cannot be set up.
pub fn record_runs(
    component: &[u8],
    suite: &Suite,
    code_cache: Option<&CodeCache>,
) -> Result<Vec<(String, Recording)>, Error> {
    let kind = kind(&suite.event)?;
    runtime()?.block_on(async {
        let sandbox = sandbox(code_cache)?;
        let (mut recordings, mut before) = (Vec::new(), None);
        for (_, case) in &suite.cases {
            let fixture =
                Fixture::on(before.as_ref(), &sandbox, component, (suite, case), &[]).await?;
            let payload = (kind.build)(case)?;
            let given = payload.subject().message.clone();
            let (recorder, calls) = CallRecorder::new(derived_of(&fixture, given.is_some()));
            let tapping = Tapping {
                tap: Some(Box::new(recorder)),
                ..Tapping::default()
            };
            let run = fixture.run_tapped(payload, tapping).await;
            let digest = fixture.digest();
            let ended = fixture.ended(&run, &digest);
            let draft = RunDraft::new(None, given, &calls, &suite.domains, &ended);
            recordings.push((case.name.clone(), draft.recording()));
            before = Some(fixture);
        }
        Ok(recordings)
    })
}

/// Runs a recording again in a component: the recorded one, or another revision.
///
/// # Errors
/// The recording lacks something, or the component is refused or does not handle the event.
pub fn replay(
    component: &[u8],
    recording: &Recording,
    code_cache: Option<&CodeCache>,
) -> Result<Replayed, Error> {
    let lacks = |what| format!("the recording does not say {what}");
    let header = recording.header.as_ref();
    let header = header.ok_or_else(|| lacks("under what it ran"))?;
    let event = recording.event.as_ref();
    let event = event.ok_or_else(|| lacks("what the event was"))?;
    let recorded = recording.end.as_ref();
    let recorded = recorded.ok_or_else(|| lacks("what became of the run"))?;
    let suite = Suite::of_recording(&event.name, header)?;
    let kind = kind(&suite.event)?;
    let case = case(&kind, event)?;
    let seed = header.seed.as_deref().map(TryInto::try_into).transpose();
    let seed = seed.map_err(|_| lacks("a whole seed"))?;
    runtime()?.block_on(async {
        let sandbox = sandbox(code_cache)?;
        let fixture = Fixture::new(&sandbox, component, &suite, &case, &[]).await?;
        let mut payload = (kind.build)(&case)?;
        payload.subject_mut().time_us = event.time_us;
        let given = payload.subject().message.clone();
        let (tape, end_of_tape) = Tape::new(
            recording.calls.clone(),
            derived_of(&fixture, event.message.is_some()),
            end_with,
        );
        let tapping = Tapping {
            tap: Some(Box::new(tape)),
            seed,
            ..Tapping::default()
        };
        let run = fixture.run_tapped(payload, tapping).await;
        let (calls, digest) = (CallLog::default(), fixture.digest());
        let ended = fixture.ended(&run, &digest);
        let draft = RunDraft::new(None, given, &calls, &suite.domains, &ended);
        let found = draft.recording().end.unwrap_or_default();
        Ok(Replayed {
            is_same_component: header.component_digest == digest.to_string(),
            recorded: recorded.clone(),
            found,
            divergence: end_of_tape.divergence(),
            at: run.stack.to_string(),
            log: fixture.log.take(),
        })
    })
}

/// Runs a recording as a case of this name: it passes when the run ends as it was recorded.
///
/// # Errors
/// As [`replay`].
pub fn judge(
    component: &[u8],
    name: &str,
    recording: &Recording,
    code_cache: Option<&CodeCache>,
) -> Result<CaseResult, Error> {
    let begun = Instant::now();
    let replayed = replay(component, recording, code_cache)?;
    let end = replayed.found.verdict.as_ref();
    Ok(CaseResult {
        name: name.to_owned(),
        line: 1,
        end: end.unwrap_or(&replayed.found.outcome).clone(),
        differences: replayed.differences(),
        recording: None,
        took: begun.elapsed(),
        fuel: replayed.found.fuel,
        memory_bytes: replayed.found.memory_bytes,
        at: replayed.at,
        log: replayed.log,
    })
}

fn derived_of(fixture: &Fixture, is_about_a_message: bool) -> Derived {
    if is_about_a_message {
        derived(&fixture.handler_context().variables)
    } else {
        Derived::NOTHING
    }
}

/// A case with the recorded event. What is not about a message is answered from the recording, so
/// that any event of the kind will do.
fn case(kind: &Kind, event: &RecordedEvent) -> Result<Case, Error> {
    let mut text = "name = \"replay\"\n".to_owned();
    for (key, hop) in [("source", &event.source), ("received", &event.received)] {
        if let Some(hop) = hop {
            text.push_str(&format!("{key} = {hop:?}\n"));
        }
    }
    if event.message.is_none() {
        text.push_str(kind.example);
    }
    let mut case: Case = toml::from_str(&text)?;
    case.message = event.message.clone().map(MessageSpec::Recorded);
    Ok(case)
}
