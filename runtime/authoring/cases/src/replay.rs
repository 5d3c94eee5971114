//! Runs of cases as recordings, and recordings as runs.

use std::sync::Arc;
use std::time::Instant;

use evroute_event::{LimitKind, Outcome};
use evroute_module_api::HostTrap;
use evroute_module_recordings::{RunDraft, derived};
use evroute_recording::{
    CallLog, CallRecorder, Derived, Divergence, RecordedCall, RecordedEnd, RecordedEvent,
    Recording, Tape, TapeEnd,
};
use evroute_sandbox::{CodeCache, Run, Tapping};
use evroute_sip::Message;
use evroute_tap::{HostCall, HostFunction, Tap, WitValue};

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
    /// Every call that it makes now, those that are carried out again included.
    pub calls: Vec<RecordedCall>,
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
        let call =
            |call: &Option<RecordedCall>| call.iter().map(ToString::to_string).collect::<Vec<_>>();
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
                seed: None,
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
    let staged = Staged::of(recording)?;
    let recorded = recording.end.as_ref();
    let recorded = recorded.ok_or_else(|| lacks("what became of the run"))?;
    runtime()?.block_on(async {
        let sandbox = sandbox(code_cache)?;
        let fixture = Fixture::new(&sandbox, component, &staged.suite, &staged.case, &[]).await?;
        let ran = staged.run(&fixture).await?;
        let (calls, digest) = (CallLog::default(), fixture.digest());
        let ended = fixture.ended(&ran.run, &digest);
        let draft = RunDraft::new(None, ran.given, &calls, &staged.suite.domains, &ended);
        let found = draft.recording().end.unwrap_or_default();
        Ok(Replayed {
            is_same_component: staged.component_digest == digest.to_string(),
            recorded: recorded.clone(),
            found,
            divergence: ran.end_of_tape.divergence(),
            calls: ran.steps.take(),
            at: ran.run.stack.to_string(),
            log: fixture.log.take(),
        })
    })
}

fn lacks(what: &str) -> String {
    format!("the recording does not say {what}")
}

/// A recording as a case with a tape.
pub(crate) struct Staged {
    pub(crate) suite: Suite,
    pub(crate) case: Case,
    kind: Kind,
    time_us: u64,
    seed: Option<[u8; 32]>,
    is_about_a_message: bool,
    calls: Arc<[RecordedCall]>,
    component_digest: String,
}

/// A recording that was run.
pub(crate) struct Ran {
    pub(crate) run: Run,
    given: Option<Message>,
    end_of_tape: TapeEnd,
    /// Every call that it made.
    steps: CallLog,
}

impl Staged {
    pub(crate) fn of(recording: &Recording) -> Result<Self, Error> {
        let header = recording.header.as_ref();
        let header = header.ok_or_else(|| lacks("under what it ran"))?;
        let event = recording.event.as_ref();
        let event = event.ok_or_else(|| lacks("what the event was"))?;
        let suite = Suite::of_recording(&event.name, header)?;
        let kind = kind(&suite.event)?;
        let seed = header.seed.as_deref().map(TryInto::try_into).transpose();
        Ok(Self {
            case: case(&kind, event)?,
            kind,
            suite,
            time_us: event.time_us,
            seed: seed.map_err(|_| lacks("a whole seed"))?,
            is_about_a_message: event.message.is_some(),
            calls: recording.calls.clone().into(),
            component_digest: header.component_digest.clone(),
        })
    }

    /// Runs it on its stage.
    pub(crate) async fn run(&self, fixture: &Fixture) -> Result<Ran, Error> {
        let mut payload = (self.kind.build)(&self.case)?;
        payload.subject_mut().time_us = self.time_us;
        let given = payload.subject().message.clone();
        let derived = derived_of(fixture, self.is_about_a_message);
        let (tape, end_of_tape) = Tape::new(Arc::clone(&self.calls), derived, end_with);
        let (recorder, steps) = CallRecorder::new(Derived::NOTHING);
        let tapping = Tapping {
            tap: Some(Box::new(SteppingTape { tape, recorder })),
            seed: self.seed,
        };
        let run = fixture.run_tapped(payload, tapping).await;
        Ok(Ran {
            run,
            given,
            end_of_tape,
            steps,
        })
    }
}

/// A tape that notes every call, those that are carried out again too.
struct SteppingTape {
    tape: Tape,
    recorder: CallRecorder,
}

impl Tap for SteppingTape {
    fn wants(&mut self, function: &'static HostFunction) -> bool {
        let (is_taped, is_noted) = (self.tape.wants(function), self.recorder.wants(function));
        is_taped || is_noted
    }

    fn answer(&mut self, call: &HostCall<'_>) -> Option<wasmtime::Result<WitValue>> {
        if !self.tape.wants(call.function) {
            return None;
        }
        let answer = self.tape.answer(call)?;
        self.recorder.seen(call, answer.as_ref());
        Some(answer)
    }

    fn seen(&mut self, call: &HostCall<'_>, answer: Result<&WitValue, &wasmtime::Error>) {
        self.recorder.seen(call, answer);
    }

    fn fuel_left(&mut self, fuel: u64) {
        self.recorder.fuel_left(fuel);
    }
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
