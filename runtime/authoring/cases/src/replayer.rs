//! A component that runs recordings, one after the other.

use std::sync::Arc;

use evroute_event::{Outcome, Payload};
use evroute_module_api::{GuestResult, RunState};
use evroute_module_recordings::{GivenSubject, RunDraft, derived};
use evroute_recording::{
    CallLog, Derived, RecordedEnd, RecordedEvent, Recording, RecordingHeader, Tape, TapeEnd,
};
use evroute_sandbox::{ComponentRefusal, Run, Tapping};
use evroute_tap::Tap;
use wasmtime::Store;

use crate::case::{Case, KnownUser};
use crate::events::Kind;
use crate::fixture::Fixture;
use crate::harness::HarnessSandbox;
use crate::replay::{Replayed, end_with};
use crate::run_suite::{kind, runtime};
use crate::stepping_tape::SteppingTape;
use crate::tls_way::TlsWay;
use crate::written::MessageSpec;
use crate::{Error, Suite};

/// So many stages are kept: recordings of one handler differ in grants and limits when its
/// configuration was changed.
const STAGES_MAX: usize = 16;

/// One component, for one thread. It is compiled when the first recording is run.
pub struct Replayer {
    sandbox: HarnessSandbox,
    component: Arc<[u8]>,
    runtime: tokio::runtime::Runtime,
    stages: Vec<Stage>,
    fuel_times: u64,
    bytes_more: u64,
    grants_imports: bool,
    notes_calls: bool,
    /// In the place of the recorded budget.
    fuel_max: Option<u64>,
}

/// What all recordings of one handler have in common.
struct Stage {
    event: String,
    header: RecordingHeader,
    fuel_max: Option<u64>,
    suite: Suite,
    kind: Kind,
    case: Case,
    fixture: Fixture,
}

/// A recording that was run.
struct Ran {
    /// Where its stage is.
    place: usize,
    run: Run,
    given: GivenSubject,
    end_of_tape: TapeEnd,
    steps: CallLog,
}

/// A recording that has everything that a run needs.
struct Whole<'a> {
    recording: &'a Recording,
    header: &'a RecordingHeader,
    event: &'a RecordedEvent,
    end: &'a RecordedEnd,
    seed: Option<[u8; 32]>,
}

impl std::fmt::Debug for Replayer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Replayer").finish_non_exhaustive()
    }
}

impl<'a> Whole<'a> {
    fn of(recording: &'a Recording) -> Result<Self, Error> {
        let lacks = |what| format!("the recording does not say {what}");
        let header = recording.header.as_ref();
        let header = header.ok_or_else(|| lacks("under what it ran"))?;
        let event = recording.event.as_ref();
        let end = recording.end.as_ref();
        let seed = header.seed.as_deref().map(TryInto::try_into).transpose();
        Ok(Self {
            recording,
            header,
            event: event.ok_or_else(|| lacks("what the event was"))?,
            end: end.ok_or_else(|| lacks("what became of the run"))?,
            seed: seed.map_err(|_| lacks("a whole seed"))?,
        })
    }
}

impl Stage {
    fn is_for(&self, recording: &Whole<'_>) -> bool {
        let (own, other) = (&self.header, recording.header);
        self.event == recording.event.name
            && own.grants == other.grants
            && own.limits == other.limits
            && own.domains == other.domains
    }

    /// The recorded event. What is not about a message is answered from the recording, so that any
    /// event of the kind will do.
    fn payload(&mut self, event: &RecordedEvent) -> Result<Box<dyn Payload>, Error> {
        let hop = |text: &Option<String>| text.clone().map(TryInto::try_into).transpose();
        self.case.source = hop(&event.source)?;
        self.case.received = hop(&event.received)?;
        self.case.message = event.message.clone().map(MessageSpec::Recorded);
        let user = event.user_name.clone().zip(event.realm.clone());
        self.case.authenticated = user.map(|(user, realm)| KnownUser { user, realm });
        self.case.tls = event.tls.clone().map(|tls| TlsWay {
            version: tls.version,
            cipher: tls.cipher,
            server_name: tls.server_name,
            peer: tls.peer,
            is_verified: tls.is_verified,
        });
        let mut payload = (self.kind.build)(&self.case)?;
        let subject = payload.subject_mut();
        subject.time_us = event.time_us;
        subject.next_hop.clone_from(&event.next_hop);
        Ok(payload)
    }
}

impl Replayer {
    /// A component in a sandbox.
    ///
    /// # Errors
    /// The system gives no event loop.
    pub fn new(sandbox: &HarnessSandbox, component: Arc<[u8]>) -> Result<Self, Error> {
        Ok(Self {
            sandbox: sandbox.clone(),
            component,
            runtime: runtime()?,
            stages: Vec::new(),
            fuel_times: 1,
            bytes_more: 0,
            grants_imports: false,
            notes_calls: false,
            fuel_max: None,
        })
    }

    /// Notes every call that a run makes, see [`Replayed::calls`].
    #[must_use]
    pub fn noting_calls(mut self) -> Self {
        self.notes_calls = true;
        self
    }

    /// Lets the component import what the recorded one was not granted: what it asks for is
    /// answered from the recording, or ends the run. To be said before the first recording is run.
    #[must_use]
    pub fn granting_imports(mut self) -> Self {
        self.grants_imports = true;
        self
    }

    /// For an instrumented component: it burns so many times the fuel of the original, and
    /// registers so many bytes. To be said before the first recording is run.
    #[must_use]
    pub fn instrumented(mut self, fuel_times: u64, bytes_more: u64) -> Self {
        (self.fuel_times, self.bytes_more) = (fuel_times, bytes_more);
        self
    }

    /// Runs a recording, in the lane and the backend that a server would choose.
    ///
    /// # Errors
    /// The recording lacks something, or the component is refused or does not handle the event.
    pub fn replay(&mut self, recording: &Recording) -> Result<Replayed, Error> {
        self.replayed(recording, run_tapped)
    }

    /// The same from a fresh instance; `watch` looks at its store before the run is settled.
    ///
    /// # Errors
    /// As [`Replayer::replay`].
    pub fn replay_watched(
        &mut self,
        recording: &Recording,
        watch: impl FnOnce(&mut Store<RunState>, &GuestResult),
    ) -> Result<Replayed, Error> {
        self.replayed(recording, |runtime, fixture, payload, tapping| {
            fixture.run_watched(runtime, payload, tapping, watch)
        })
    }

    /// Runs a recording with so little fuel that it is cut short: the functions that were under way
    /// then, the innermost first. None where it does not start, or ends by itself.
    pub(crate) fn cut_short(
        &mut self,
        recording: &Recording,
        fuel_max: u64,
    ) -> Result<Option<Vec<String>>, Error> {
        let before = self.fuel_max.replace(fuel_max);
        let ran = Whole::of(recording).and_then(|whole| self.run(&whole, run_tapped));
        self.fuel_max = before;
        let Ok(ran) = ran else { return Ok(None) };
        let is_cut = ran.run.outcome == Outcome::OutOfFuel;
        Ok(is_cut.then(|| ran.run.stack.functions()))
    }

    fn replayed(
        &mut self,
        recording: &Recording,
        run: impl FnOnce(&tokio::runtime::Runtime, &Fixture, Box<dyn Payload>, Tapping) -> Run,
    ) -> Result<Replayed, Error> {
        let whole = Whole::of(recording)?;
        let Ran {
            place,
            run,
            given,
            end_of_tape,
            steps,
        } = self.run(&whole, run)?;
        let stage = self.stages.get(place).ok_or("the stage is lost")?;
        let fixture = &stage.fixture;
        let (calls, digest) = (CallLog::default(), fixture.digest());
        let ended = fixture.ended(&run, &digest);
        let draft = RunDraft::new(None, given, &calls, &stage.suite.domains, &ended);
        let found = draft.recording().end.unwrap_or_default();
        Ok(Replayed {
            is_same_component: whole.header.component_digest == digest.to_string(),
            recorded: whole.end.clone(),
            found,
            divergence: end_of_tape.divergence(),
            unanswered: end_of_tape.unanswered(),
            unmade: end_of_tape.unmade(),
            calls: steps.take(),
            at: run.stack.to_string(),
            log: fixture.log.take(),
        })
    }

    fn run(
        &mut self,
        whole: &Whole<'_>,
        run: impl FnOnce(&tokio::runtime::Runtime, &Fixture, Box<dyn Payload>, Tapping) -> Run,
    ) -> Result<Ran, Error> {
        let place = self.stage(whole)?;
        let stage = self.stages.get_mut(place).ok_or("the stage is lost")?;
        let payload = stage.payload(whole.event)?;
        let given = GivenSubject::of(payload.subject());
        let fixture = &stage.fixture;
        let (tape, end_of_tape) = Tape::new(
            whole.recording.calls.clone(),
            derived_of(fixture, whole.event.message.is_some()),
            end_with,
        );
        let (tap, steps): (Box<dyn Tap>, CallLog) = match self.notes_calls {
            false => (Box::new(tape), CallLog::default()),
            true => {
                let (stepping, steps) = SteppingTape::new(tape);
                (Box::new(stepping), steps)
            }
        };
        let tapping = Tapping {
            tap: Some(tap),
            seed: whole.seed,
            ..Tapping::default()
        };
        Ok(Ran {
            place,
            run: run(&self.runtime, fixture, payload, tapping),
            given,
            end_of_tape,
            steps,
        })
    }

    /// Where the stage of a recording is: one that is set already, or a new one.
    fn stage(&mut self, recording: &Whole<'_>) -> Result<usize, Error> {
        let fuel_max = self.fuel_max;
        let is_known = |stage: &Stage| stage.fuel_max == fuel_max && stage.is_for(recording);
        let known = self.stages.iter().position(is_known);
        if let Some(known) = known {
            return Ok(known);
        }
        let Whole { header, event, .. } = recording;
        let mut suite = Suite::of_recording(&event.name, header)?;
        let limits = suite.limits.of_run();
        let fuel = fuel_max.unwrap_or(limits.run_fuel_max);
        let fuel = fuel.saturating_mul(self.fuel_times);
        let bytes = limits
            .run_hostcall_bytes_max
            .saturating_add(self.bytes_more);
        suite.limits.run_fuel_max = Some(fuel);
        suite.limits.run_hostcall_bytes_max = Some(bytes);
        let kind = kind(&event.name)?;
        let case: Case = toml::from_str(&format!("name = \"replay\"\n{}", kind.example))?;
        let fixture = loop {
            let before = self.stages.last().map(|stage| &stage.fixture);
            let (sandbox, component) = (&self.sandbox.0, &self.component);
            let fixture = Fixture::on(before, sandbox, component, (&suite, &case), &[]);
            match self.runtime.block_on(fixture) {
                Ok(fixture) => break fixture,
                Err(error) => match error.downcast_ref() {
                    Some(ComponentRefusal::NotGranted { grant, .. }) if self.grants_imports => {
                        suite.grants.push((*grant).to_owned());
                    }
                    _ => return Err(error),
                },
            }
        };
        if self.stages.len() >= STAGES_MAX {
            self.stages.remove(0);
        }
        self.stages.push(Stage {
            event: event.name.clone(),
            header: (*header).clone(),
            fuel_max,
            suite,
            kind,
            case,
            fixture,
        });
        Ok(self.stages.len() - 1)
    }
}

/// In the lane and the backend that a server would choose.
fn run_tapped(
    runtime: &tokio::runtime::Runtime,
    fixture: &Fixture,
    payload: Box<dyn Payload>,
    tapping: Tapping,
) -> Run {
    runtime.block_on(fixture.run_tapped(payload, tapping))
}

/// What follows from the message and needs no recording.
pub(crate) fn derived_of(fixture: &Fixture, is_about_a_message: bool) -> Derived {
    if is_about_a_message {
        derived(&fixture.handler_context().variables)
    } else {
        Derived::NOTHING
    }
}
