//! Runs of cases as recordings, and recordings as runs.

use std::time::Instant;

use evroute_event::{LimitKind, Outcome};
use evroute_module_api::HostTrap;
use evroute_module_recordings::{GivenSubject, RunDraft};
use evroute_recording::{CallRecorder, Divergence, RecordedCall, RecordedEnd, Recording};
use evroute_sandbox::{CodeCache, Tapping};

use crate::fixture::{Fixture, sandbox};
use crate::harness::HarnessSandbox;
use crate::mismatch::Mismatch;
use crate::replayer::{Replayer, derived_of};
use crate::run_suite::{CaseResult, kind, runtime};
use crate::{Error, Suite};

/// Ends a run as the outcome says that a call ended it.
pub(crate) fn end_with(outcome: &str) -> wasmtime::Error {
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
    /// The call that the recording has no answer for, if there was one: it has ended the run.
    pub unanswered: Option<RecordedCall>,
    /// The first recorded call that was not made, if there is one; lines of the log are none.
    pub unmade: Option<RecordedCall>,
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
        let lines = (lines(&old.reply), lines(&new.reply));
        differences.extend(Mismatch::between("reply", lines.0, lines.1));
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
            let given = GivenSubject::of(payload.subject());
            let (recorder, calls) =
                CallRecorder::new(derived_of(&fixture, given.message.is_some()));
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
    let sandbox = HarnessSandbox::as_in_a_server(1, code_cache)?;
    let replayer = Replayer::new(&sandbox, component.into())?;
    replayer.noting_calls().replay(recording)
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
