//! One tenant, one handler in the async lane, one event.

use std::path::Path;
use std::sync::{Arc, Mutex, Weak};
use std::time::{Duration, Instant};

use evroute_bindings::{GuestExport, handle};
use evroute_componentize::componentize;
use evroute_event::{
    Cause, Emitter, Event, EventIndex, FailPolicy, LimitKind, Outcome, PinnedHandlers, Port, Sink,
    Subject,
};
use evroute_module_api::{
    Capability, EventBinding, GuestEvent, HandlerContext, Lane, Module, RunRecorder, RunSlot,
    RunState, TenantState, TypedBinding, Variables,
};
use evroute_module_timer::TimerModule;
use evroute_sandbox::{Handler, Sandbox, SandboxConfig};
use evroute_sip::{Framing, Message};
use evroute_tenant::{
    EventRateLimits, EventRates, Grants, LedgerTotals, Revision, RunLimits, RunTime, TenantIndex,
};
use tokio::sync::Semaphore;
use wasmtime::component::Linker;

use crate::{
    Admission, BreakerChange, BreakerConfig, BreakerOpening, BreakerState, CanaryShare, CpuBudget,
    Dispatcher, FairShare, Filter, LiveRevision, Observer, RevisionConfig, Revisions, RunRecord,
    ShareWeight, TenantSubscriptions,
};
use evroute_event::Subscribed;

pub(super) const TENANT: TenantIndex = TenantIndex::new(0);
/// How many events may wait for a turn.
const WAITING_MAX: usize = 3;

/// What the host does when the guest calls it.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Doing {
    Nothing,
    Wait,
    Hold,
    Panic,
    PanicAfterWaiting,
    PanicInCommit,
    NoRoom,
    TooManyLines,
    RefuseWithoutRoom,
    RefuseAfterTooManyLines,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Verdict {
    Guest,
    Refused,
    Open,
    Closed,
}

/// The event.
#[derive(Debug)]
pub(super) struct Asked {
    subject: Subject,
    pub(super) doing: Doing,
}

impl evroute_event::Verdict for Verdict {
    const CASES: &'static [&'static str] = &["guest", "refused", "open", "closed"];

    fn case(&self) -> usize {
        match self {
            Self::Guest => 0,
            Self::Refused => 1,
            Self::Open => 2,
            Self::Closed => 3,
        }
    }

    fn on_failure(policy: FailPolicy) -> Self {
        match policy {
            FailPolicy::Open => Self::Open,
            FailPolicy::Closed => Self::Closed,
        }
    }

    fn rejection(code: u16) -> Option<Self> {
        (code == 503).then_some(Self::Refused)
    }

    fn is_continue(&self) -> bool {
        *self != Self::Refused
    }
}

evroute_event::event!(Asked: "probe:asked" -> Verdict);

pub(super) enum AskedExport {}

impl GuestExport for AskedExport {
    type Handle = handle::TimerEvent;
    type Verdict = bool;
    const INTERFACE: &'static str = "evroute:probe/asked@0.1.0";
}

impl From<bool> for Verdict {
    fn from(_: bool) -> Self {
        Self::Guest
    }
}

impl GuestEvent for Asked {
    type Export = AskedExport;

    fn decide(&self, verdict: bool) -> Result<Verdict, String> {
        if !verdict {
            return Err("the guest returns true".to_owned());
        }
        Ok(match self.doing {
            Doing::RefuseWithoutRoom | Doing::RefuseAfterTooManyLines => Verdict::Refused,
            Doing::Nothing
            | Doing::Wait
            | Doing::Hold
            | Doing::Panic
            | Doing::PanicAfterWaiting
            | Doing::PanicInCommit
            | Doing::NoRoom
            | Doing::TooManyLines => Verdict::Guest,
        })
    }
}

struct PanicsInCommit;

impl RunSlot for PanicsInCommit {
    fn commit(self: Box<Self>) {
        panic!("on purpose, in commit");
    }
}

struct FindsNoRoom;

impl RunSlot for FindsNoRoom {
    fn check(&self) -> Result<(), LimitKind> {
        Err(LimitKind::TenantState)
    }

    fn commit(self: Box<Self>) {
        panic!("there is no room for it");
    }
}

/// Where runs are counted and held.
struct Gate {
    started: Mutex<usize>,
    open: Semaphore,
}

pub(super) const HOST: Capability = Capability {
    interface: "evroute:probe/host@0.1.0",
    grant: None,
    lane: Lane::Async,
    link,
    link_core: None,
    call: None,
};

fn link(linker: &mut Linker<RunState>) -> wasmtime::Result<()> {
    let mut instance = linker.instance("evroute:probe/host@0.1.0")?;
    instance.func_wrap_async("call", |mut store, (): ()| {
        let run = store.data_mut();
        let doing = run.payload::<Asked>().map(|asked| asked.doing);
        let gate = run.handler_context.tenant.share::<Gate>().unwrap();
        *gate.started.lock().unwrap() += 1;
        let slot = match doing {
            Ok(Doing::PanicInCommit) => run.slot(|_| Ok(PanicsInCommit)).map(drop),
            Ok(Doing::NoRoom | Doing::RefuseWithoutRoom) => run.slot(|_| Ok(FindsNoRoom)).map(drop),
            Ok(Doing::TooManyLines | Doing::RefuseAfterTooManyLines) => {
                let lines = run.handler_context.limits.run_log_lines_max + 1;
                assert!(!run.charge_log(lines, 1), "it is one too many");
                Ok(())
            }
            _ => Ok(()),
        };
        Box::new(async move {
            slot?;
            match doing? {
                Doing::Nothing
                | Doing::PanicInCommit
                | Doing::NoRoom
                | Doing::TooManyLines
                | Doing::RefuseWithoutRoom
                | Doing::RefuseAfterTooManyLines => {}
                Doing::Wait => tokio::task::yield_now().await,
                Doing::Hold => gate.open.acquire().await?.forget(),
                Doing::Panic => panic!("on purpose"),
                Doing::PanicAfterWaiting => {
                    tokio::task::yield_now().await;
                    panic!("on purpose, after waiting");
                }
            }
            Ok(())
        })
    })
}

#[derive(Default)]
struct Outcomes {
    ran: Mutex<Vec<(Revision, Outcome)>>,
    breakers: Mutex<Vec<(Revision, BreakerState)>>,
    openings: Mutex<Vec<BreakerOpening>>,
}

impl Observer for Outcomes {
    fn ran(&self, record: &RunRecord<'_>) {
        let revision = record.handler_context.revision;
        let ran = (revision, record.outcome.clone());
        self.ran.lock().unwrap().push(ran);
    }

    fn breaker_changed(&self, change: &BreakerChange<'_>) {
        let revision = change.handler_context.revision;
        self.breakers.lock().unwrap().push((revision, change.to));
        self.openings.lock().unwrap().extend(change.opening);
    }
}

pub(super) struct Scene {
    port: Port<Asked>,
    dispatcher: Arc<Dispatcher>,
    handler: Mutex<Arc<Handler>>,
    admission: Arc<Admission>,
    policy: FailPolicy,
    breaker: Option<BreakerConfig>,
    rates: EventRateLimits,
    outcomes: Arc<Outcomes>,
    gate: Arc<Gate>,
}

impl Scene {
    /// With room for this many runs at the same time, in the lane and in the pool of sandboxes.
    pub(super) fn new(policy: FailPolicy, runs_max: u32) -> Self {
        Self::of(&component(), policy, runs_max)
    }

    /// The same for a tenant that has a nanosecond of each second: one slice, and nothing else for
    /// as long as a test may last.
    pub(super) fn with_no_time(runs_max: u32) -> Self {
        let everybody = FairShare::new(1);
        let time = RunTime::new(Duration::from_nanos(1), Instant::now());
        let budget = CpuBudget::new("demo", Arc::new(time), &everybody, ShareWeight::default());
        let scene = Self::new(FailPolicy::Closed, runs_max);
        let running_max = usize::try_from(runs_max).unwrap();
        let admission = Admission::new(running_max, WAITING_MAX).with_budget(budget);
        let scene = Self {
            admission: Arc::new(admission),
            ..scene
        };
        scene.put_in_force();
        scene
    }

    /// The same with rates of the tenant and of the handler.
    pub(super) fn with_rates(of_tenant: EventRateLimits, of_handler: EventRateLimits) -> Self {
        let rates = EventRates::new(of_tenant, tokio::time::Instant::now().into_std());
        let scene = Self {
            admission: Arc::new(Admission::new(4, WAITING_MAX).with_rates(rates)),
            rates: of_handler,
            ..Self::new(FailPolicy::Closed, 4)
        };
        scene.put_in_force();
        scene
    }

    /// What the tenant used.
    pub(super) fn used(&self) -> LedgerTotals {
        self.admission.ledger().totals()
    }

    /// The same with a breaker.
    pub(super) fn with_breaker(policy: FailPolicy, breaker: BreakerConfig) -> Self {
        Self {
            breaker: Some(breaker),
            ..Self::new(policy, 4)
        }
    }

    /// The same with this component.
    pub(super) fn of(component: &[u8], policy: FailPolicy, runs_max: u32) -> Self {
        let bindings: Vec<Arc<dyn EventBinding>> = vec![Arc::new(TypedBinding::<Asked>::default())];
        let capabilities = [TimerModule.capabilities(), &[HOST]].concat();
        let config = SandboxConfig {
            runs_concurrent_max: runs_max,
            ..SandboxConfig::default()
        };
        let sandbox = Sandbox::new(&config, capabilities, bindings.clone()).unwrap();
        let gate = Arc::new(Gate {
            started: Mutex::default(),
            open: Semaphore::new(0),
        });
        let tenant = TenantState::new("demo".parse().unwrap(), TENANT).with(Arc::clone(&gate));
        let handler_context = HandlerContext {
            handler: "probe".parse().unwrap(),
            revision: Revision::FIRST,
            grants: Grants::default(),
            limits: RunLimits::default(),
            tenant: Arc::new(tenant),
            variables: Arc::new(Variables::default()),
        };
        let handler = Handler::prepare(&sandbox, component, Arc::new(handler_context)).unwrap();
        assert_eq!(handler.lane(), Lane::Async);
        let outcomes = Arc::new(Outcomes::default());
        let dispatcher = Dispatcher::new(bindings, Arc::clone(&outcomes) as Arc<dyn Observer>);
        let admission = Admission::new(usize::try_from(runs_max).unwrap(), WAITING_MAX);
        let sink = Arc::clone(&dispatcher) as Arc<dyn Sink>;
        let scene = Self {
            port: Emitter::new(sink).port().unwrap(),
            dispatcher,
            handler: Mutex::new(Arc::new(handler)),
            admission: Arc::new(admission),
            policy,
            breaker: None,
            rates: EventRateLimits::default(),
            outcomes,
            gate,
        };
        scene.put_in_force();
        scene
    }

    fn put_in_force(&self) {
        self.put_in_force_for(&[&[]]);
    }

    /// Puts the handler in force once for each list of event filters; an empty one filters
    /// nothing.
    pub(super) fn put_in_force_for(&self, lists: &[&[&str]]) {
        let handler = self.handler.lock().unwrap();
        let event = self.event();
        let admission = Arc::clone(&self.admission);
        let mut subscriptions = TenantSubscriptions::new(admission);
        for segments in lists {
            let only = segments
                .iter()
                .map(|segment| (event, (*segment).to_owned()));
            let filter = Filter::new(only.collect());
            let revision = self.revision(&handler, filter);
            subscriptions = subscriptions.with_handler(&Revisions::new(revision));
        }
        self.dispatcher.put_in_force(TENANT, subscriptions);
    }

    fn revision(&self, handler: &Arc<Handler>, filter: Filter) -> Arc<LiveRevision> {
        let config = RevisionConfig {
            fail_policy: self.policy,
            filter,
            breaker: self.breaker,
            rates: self.rates,
        };
        self.dispatcher.revision(Arc::clone(handler), config)
    }

    /// Puts the next revision of the handler in force, and keeps the one before.
    pub(super) fn put_next_in_force(&self) -> (Arc<LiveRevision>, Arc<LiveRevision>) {
        let handler = self.handler.lock().unwrap();
        let previous = self.revision(&handler, Filter::default());
        let active = self.revision(&next(&handler), Filter::default());
        let revisions = Revisions::new(Arc::clone(&active)).with_previous(previous.clone());
        let admission = Arc::clone(&self.admission);
        let subscriptions = TenantSubscriptions::new(admission).with_handler(&revisions);
        self.dispatcher.put_in_force(TENANT, subscriptions);
        (previous, active)
    }

    /// Puts the handler in force, with this to see its runs.
    pub(super) fn put_recorded_in_force(&self, recorder: Arc<dyn RunRecorder>) {
        let handler = self.handler.lock().unwrap();
        let revision = self.revision(&handler, Filter::default());
        let subscriptions = TenantSubscriptions::new(Arc::clone(&self.admission))
            .with_recorder(Some(recorder))
            .with_handler(&Revisions::new(revision));
        self.dispatcher.put_in_force(TENANT, subscriptions);
    }

    /// Which breakers have changed to what.
    pub(super) fn breakers(&self) -> Vec<(Revision, BreakerState)> {
        self.outcomes.breakers.lock().unwrap().clone()
    }

    /// What opened them.
    pub(super) fn openings(&self) -> Vec<BreakerOpening> {
        self.outcomes.openings.lock().unwrap().clone()
    }

    /// Puts the handler in force, and beside it its next revision as a canary.
    pub(super) fn put_canary_in_force(
        &self,
        share: CanaryShare,
    ) -> (Arc<LiveRevision>, Arc<LiveRevision>) {
        let handler = self.handler.lock().unwrap();
        let active = self.revision(&handler, Filter::default());
        let canary = self.revision(&next(&handler), Filter::default());
        let revisions = Revisions::new(Arc::clone(&active)).with_canary(share, canary.clone());
        let admission = Arc::clone(&self.admission);
        let subscriptions = TenantSubscriptions::new(admission).with_handler(&revisions);
        self.dispatcher.put_in_force(TENANT, subscriptions);
        (active, canary)
    }

    fn event(&self) -> EventIndex {
        self.dispatcher.find(Asked::NAME.as_str()).unwrap()
    }

    /// Which of its events this tenant's handlers listen to.
    pub(super) fn subscribed(&self, tenant: TenantIndex) -> Subscribed {
        self.dispatcher.subscribed(tenant, self.event())
    }

    /// Puts the next revision in force and returns the one before, held by its runs alone.
    pub(super) fn replace(&self) -> Weak<Handler> {
        let mut handler = self.handler.lock().unwrap();
        let next = next(&handler);
        let before = std::mem::replace(&mut *handler, next);
        drop(handler);
        self.put_in_force();
        Arc::downgrade(&before)
    }

    /// Raises an event that so many others led to.
    pub(super) async fn raise_below(&self, depth: u8, doing: Doing) -> Verdict {
        let (tenant, subject) = (TENANT, Subject::at(0));
        let event = Asked { subject, doing };
        self.port.emit(Cause { tenant, depth }, event).await.1
    }

    /// The handlers as they are in force now.
    pub(super) fn pin(&self) -> PinnedHandlers {
        self.port.pin(TENANT)
    }

    /// Raises an event to handlers that were held.
    pub(super) async fn raise_to(&self, to: &PinnedHandlers) -> Verdict {
        let (subject, doing) = (Subject::at(0), Doing::Nothing);
        let event = Asked { subject, doing };
        self.port.emit_to(to, Cause::outside(TENANT), event).await.1
    }

    /// Takes the tenant away.
    pub(super) fn withdraw(&self) {
        self.dispatcher.withdraw(TENANT);
    }

    pub(super) async fn raise(&self, doing: Doing) -> (Asked, Verdict) {
        self.raise_about(Subject::at(0), doing).await
    }

    /// Raises an event of a call, and says which revision it met.
    pub(super) async fn raise_in_call(&self, call_id: &str) -> Revision {
        let message = format!("OPTIONS sip:a.example SIP/2.0\r\nCall-ID: {call_id}\r\n\r\n");
        let message = Message::parse(message.into(), Framing::Datagram).unwrap();
        let subject = Subject {
            message: Some(message),
            ..Subject::at(0)
        };
        self.raise_about(subject, Doing::Nothing).await;
        self.last_ran().0
    }

    async fn raise_about(&self, subject: Subject, doing: Doing) -> (Asked, Verdict) {
        self.port
            .emit(Cause::outside(TENANT), Asked { subject, doing })
            .await
    }

    pub(super) fn last_outcome(&self) -> Outcome {
        self.last_ran().1
    }

    fn last_ran(&self) -> (Revision, Outcome) {
        let outcomes = self.outcomes.ran.lock().unwrap();
        outcomes.last().cloned().unwrap()
    }

    pub(super) fn outcomes(&self) -> Vec<Outcome> {
        let outcomes = self.outcomes.ran.lock().unwrap();
        outcomes
            .iter()
            .map(|(_, outcome)| outcome.clone())
            .collect()
    }

    /// How many runs have called the host.
    pub(super) fn started(&self) -> usize {
        *self.gate.started.lock().unwrap()
    }

    /// How many runs were set aside.
    pub(super) fn throttled(&self) -> u64 {
        self.admission.budget().unwrap().throttled()
    }

    /// Lets so many held runs go on.
    pub(super) fn release(&self, runs: usize) {
        self.gate.open.add_permits(runs);
    }
}

/// The next revision of a handler: the same component.
fn next(handler: &Handler) -> Arc<Handler> {
    let context = handler.handler_context();
    let context = HandlerContext {
        handler: context.handler.clone(),
        revision: context.revision.next().unwrap(),
        grants: context.grants.clone(),
        limits: context.limits,
        tenant: Arc::clone(&context.tenant),
        variables: Arc::clone(&context.variables),
    };
    Arc::new(handler.with_context(Arc::new(context)).unwrap())
}

fn component() -> Vec<u8> {
    let tests = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/tests");
    component_of(&std::fs::read(tests.join("probe.wat")).unwrap(), "probe")
}

/// Of this core module, for a world of `probe.wit`.
pub(super) fn component_of(core: &[u8], world: &str) -> Vec<u8> {
    let own = Path::new(env!("CARGO_MANIFEST_DIR"));
    let wit = [own.join("../../wit"), own.join("src/tests/probe.wit")];
    let wit = wit.each_ref().map(|path| path.as_path());
    componentize(core, &wit, world).unwrap()
}
