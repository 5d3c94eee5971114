//! One event on its way through its handlers.

use std::future::pending;
use std::panic::resume_unwind;
use std::pin::Pin;
use std::sync::Arc;
use std::time::{Duration, Instant};

use evroute_event::{Answer, AnyVerdict, Cause, EventIndex, LimitKind, Payload};
use evroute_module_api::{EventBinding, Lane, RunBegin, RunRecording};
use evroute_sandbox::{RunnerAtWork, Tapping};
use evroute_tenant::ReservedTime;
use tokio::task::spawn_blocking;

use crate::canary::CallPlace;
use crate::fair_queue::Urgency;
use crate::subscription::{Asked, Subscription, TenantSubscriptions, Turn};
use crate::unfinished::Unfinished;
use crate::{CpuBudget, Observer};

/// What does not change while an event goes from handler to handler.
#[derive(Clone, Copy)]
pub(crate) struct DispatchContext<'a> {
    pub(crate) binding: &'a Arc<dyn EventBinding>,
    pub(crate) tenant: &'a Arc<TenantSubscriptions>,
    pub(crate) observer: &'a Arc<dyn Observer>,
    pub(crate) event: EventIndex,
    pub(crate) cause: Cause,
}

/// An event, how far it has come, and what was decided so far.
pub(crate) struct EventDispatch {
    pub(crate) payload: Box<dyn Payload>,
    pub(crate) verdict: Option<AnyVerdict>,
    /// The place of the handler whose turn it is.
    pub(crate) next: usize,
    /// Where its call stands, once a canary was met: one event meets one side of all canaries.
    pub(crate) call: Option<CallPlace>,
}

/// How far an event has come, while its payload is with a run.
pub(crate) struct Progress {
    pub(crate) next: usize,
    pub(crate) call: Option<CallPlace>,
    /// Of the run, if it is recorded.
    pub(crate) recording: Option<Box<dyn RunRecording>>,
}

/// Where the synchronous lane has come to.
pub(crate) enum Step {
    /// All handlers were asked, or one had the last word.
    Done(Answer),
    /// The next handler is in the async lane.
    Waits(EventDispatch),
}

/// Whether the next handler is asked.
pub(crate) enum Flow {
    On(EventDispatch),
    Over(Answer),
}

impl DispatchContext<'_> {
    /// Asks handlers as long as they are in the synchronous lane.
    pub(crate) fn ask_sync(self, mut dispatch: EventDispatch) -> Step {
        loop {
            let Some(turn) = self.next_turn(&mut dispatch) else {
                return Step::Done(dispatch.answer());
            };
            let flow = match turn {
                Turn::Instead(revision) => self.instead(dispatch, revision),
                Turn::Ask(asked) => {
                    if asked.subscription.handler().lane() == Lane::Async {
                        return Step::Waits(dispatch);
                    }
                    let begun = Instant::now();
                    let Place::Here(reserved) = self.place(asked.subscription, begun) else {
                        return Step::Waits(dispatch);
                    };
                    self.ask_one_sync(dispatch, asked, begun, reserved)
                }
            };
            match flow {
                Flow::On(further) => dispatch = further,
                Flow::Over(answer) => return Step::Done(answer),
            }
        }
    }

    /// Asks all handlers that are left, in whichever lane.
    async fn ask_all(self, mut dispatch: EventDispatch) -> Answer {
        loop {
            let Some(turn) = self.next_turn(&mut dispatch) else {
                return dispatch.answer();
            };
            let flow = match turn {
                Turn::Instead(revision) => self.instead(dispatch, revision),
                Turn::Ask(asked) => self.ask_one(dispatch, asked).await,
            };
            match flow {
                Flow::On(further) => dispatch = further,
                Flow::Over(answer) => return answer,
            }
        }
    }

    async fn ask_one(&self, dispatch: EventDispatch, asked: Asked<'_>) -> Flow {
        match asked.subscription.handler().lane() {
            Lane::Sync => {
                let begun = Instant::now();
                match self.place(asked.subscription, begun) {
                    Place::Here(reserved) => self.ask_one_sync(dispatch, asked, begun, reserved),
                    Place::Beside(beside) => self.ask_one_beside(dispatch, asked, beside).await,
                }
            }
            Lane::Async => self.ask_one_async(dispatch, asked).await,
        }
    }

    /// Asks all handlers that are left, some time. The subscriptions stay what they are meanwhile,
    /// whatever is deployed.
    pub(crate) fn later(
        self,
        dispatch: EventDispatch,
    ) -> Pin<Box<dyn Future<Output = Answer> + Send>> {
        let (binding, tenant) = (Arc::clone(self.binding), Arc::clone(self.tenant));
        let observer = Arc::clone(self.observer);
        let Self { event, cause, .. } = self;
        Box::pin(async move {
            let context = DispatchContext {
                binding: &binding,
                tenant: &tenant,
                observer: &observer,
                event,
                cause,
            };
            context.ask_all(dispatch).await
        })
    }

    /// `begun` is now, and `reserved` what the run may take of the tenant's budget.
    fn ask_one_sync(
        &self,
        dispatch: EventDispatch,
        asked: Asked<'_>,
        begun: Instant,
        reserved: Reserved<'_>,
    ) -> Flow {
        let subscription = asked.subscription;
        if let Err(refused) = self.admit(subscription) {
            reserved.settle(Duration::ZERO);
            return self.refuse(dispatch, asked, refused);
        }
        let (payload, mut progress) = dispatch.split();
        let tapping = self.record(subscription, &*payload, &mut progress);
        let (handler, export) = (subscription.handler(), subscription.export);
        let run = handler.run_tapped(export, &**self.binding, self.cause, payload, tapping);
        let took = begun.elapsed();
        reserved.settle(took);
        self.decide(progress, took, asked, run)
    }

    /// Asks a handler of the synchronous lane beside the workers, where the system gives each
    /// thread its part of the time: what others wait for is not held up by it.
    async fn ask_one_beside(
        &self,
        dispatch: EventDispatch,
        asked: Asked<'_>,
        beside: Beside<'_>,
    ) -> Flow {
        let subscription = asked.subscription;
        if let Err(refused) = self.admit(subscription) {
            return self.refuse(dispatch, asked, refused);
        }
        let most = subscription
            .handler()
            .handler_context()
            .limits
            .run_deadline();
        let urgency = self.urgency(&dispatch);
        let permit = match beside.budget {
            Some(budget) => match budget.permit(urgency, most, beside.is_for_time).await {
                Ok(permit) => Some(permit),
                Err(refused) => return self.refuse(dispatch, asked, refused),
            },
            None => None,
        };
        let begun = Instant::now();
        let unfinished = self.unfinished(subscription, begun);
        let (payload, mut progress) = dispatch.split();
        let tapping = self.record(subscription, &*payload, &mut progress);
        let (handler, export) = (Arc::clone(subscription.handler()), subscription.export);
        let (binding, cause) = (Arc::clone(self.binding), self.cause);
        let running =
            spawn_blocking(move || handler.run_tapped(export, &*binding, cause, payload, tapping));
        let run = match running.await {
            Ok(run) => run,
            Err(error) => match error.try_into_panic() {
                Ok(panic) => resume_unwind(panic),
                // The threads have ended, and nobody waits for an answer any more.
                Err(_) => return pending().await,
            },
        };
        unfinished.over();
        let took = begun.elapsed();
        if let Some(permit) = permit {
            permit.settle(took);
        }
        self.decide(progress, took, asked, run)
    }

    async fn ask_one_async(&self, dispatch: EventDispatch, asked: Asked<'_>) -> Flow {
        let subscription = asked.subscription;
        if let Err(refused) = self.admit(subscription) {
            return self.refuse(dispatch, asked, refused);
        }
        let permit = match self.tenant.admission.enter(self.urgency(&dispatch)).await {
            Ok(permit) => permit,
            Err(refused) => return self.refuse(dispatch, asked, refused),
        };
        let begun = Instant::now();
        let unfinished = self.unfinished(subscription, begun);
        let (payload, mut progress) = dispatch.split();
        let mut tapping = self.record(subscription, &*payload, &mut progress);
        let (handler, export) = (subscription.handler(), subscription.export);
        let at_work = handler.runs_in_cell().then(Arc::<RunnerAtWork>::default);
        tapping.at_work.clone_from(&at_work);
        let run = handler.run_async_tapped(export, &**self.binding, self.cause, payload, tapping);
        let run = match (self.tenant.admission.budget(), at_work) {
            (Some(budget), Some(at_work)) => {
                let most = handler.handler_context().limits.run_deadline();
                budget.pace_runner(run, most, &at_work).await
            }
            (Some(budget), None) => budget.pace(run).await,
            (None, _) => run.await,
        };
        unfinished.over();
        drop(permit);
        self.decide(progress, begun.elapsed(), asked, run)
    }

    /// Begins the recording of a run, where the tenant's runs are recorded.
    fn record(
        &self,
        subscription: &Subscription,
        payload: &dyn Payload,
        progress: &mut Progress,
    ) -> Tapping {
        let Some(recorder) = &self.tenant.recorder else {
            return Tapping::default();
        };
        let recording = recorder.begin(&RunBegin {
            handler_context: subscription.handler().handler_context(),
            binding: &**self.binding,
            subject: payload.subject(),
        });
        progress.recording = recording;
        let recording = progress.recording.as_mut();
        Tapping {
            tap: recording.and_then(|recording| recording.tap()),
            ..Tapping::default()
        }
    }

    /// What comes first of the tenant where its events wait: what belongs to a dialog, and
    /// responses, which are of calls that have begun.
    fn urgency(&self, dispatch: &EventDispatch) -> Urgency {
        let Some(message) = dispatch.payload.subject().message.as_ref() else {
            return Urgency::New;
        };
        if message.is_request() && message.to().is_ok_and(|to| to.tag().is_none()) {
            Urgency::New
        } else {
            Urgency::InDialog
        }
    }

    /// Whether a run may begin at all: events that raise events that raise events end somewhere,
    /// and rates are for all events.
    fn admit(&self, subscription: &Subscription) -> Result<(), LimitKind> {
        let revision = &subscription.revision;
        let limits = &revision.handler().handler_context().limits;
        if u64::from(self.cause.depth) > u64::from(limits.event_depth_max) {
            return Err(LimitKind::EventDepth);
        }
        revision.take_event()?;
        self.tenant.admission.take_event()
    }
}

impl<'a> DispatchContext<'a> {
    /// Reserves what a run of this handler may take in the synchronous lane. It is for a thread
    /// beside the workers when there is not so much left, or when it would keep a worker from
    /// others for long: its runs are long, or a process has to be started first.
    fn place(&self, subscription: &Subscription, now: Instant) -> Place<'a> {
        let budget = self.tenant.admission.budget();
        let handler = subscription.handler();
        let beside = |is_for_time| {
            Place::Beside(Beside {
                budget,
                is_for_time,
            })
        };
        if !handler.begins_at_once() {
            return beside(true);
        }
        let Some(budget) = budget else {
            return Place::Here(Reserved(None));
        };
        if subscription.revision.run_length.is_long() {
            return beside(true);
        }
        let most = handler.handler_context().limits.run_deadline();
        match budget.reserve(now, most) {
            Some(reserved) => Place::Here(Reserved(Some((budget, reserved)))),
            None => beside(false),
        }
    }

    fn unfinished<'s>(&'s self, subscription: &'s Subscription, begun: Instant) -> Unfinished<'s> {
        Unfinished::new(
            subscription,
            self.observer,
            self.binding.name(),
            self.event,
            begun,
        )
    }
}

/// Where a run of the synchronous lane takes place.
enum Place<'a> {
    /// On the worker that raised the event.
    Here(Reserved<'a>),
    Beside(Beside<'a>),
}

/// A run that takes place beside the workers.
#[derive(Clone, Copy)]
struct Beside<'a> {
    /// None where the tenant may take all there is.
    budget: Option<&'a CpuBudget>,
    /// Whether that is for the time it may take, and not since there was none left.
    is_for_time: bool,
}

/// What a run may take; nothing is reserved where the tenant may take all there is.
struct Reserved<'a>(Option<(&'a CpuBudget, ReservedTime)>);

impl Reserved<'_> {
    /// The run is over and took so long.
    fn settle(self, took: Duration) {
        if let Some((budget, reserved)) = self.0 {
            budget.settle(reserved, took);
        }
    }
}

impl EventDispatch {
    /// The payload, which goes with a run, and how far the event has come behind it.
    pub(crate) fn split(self) -> (Box<dyn Payload>, Progress) {
        let Self {
            payload,
            next,
            call,
            verdict: _,
        } = self;
        let next = next + 1;
        let progress = Progress {
            next,
            call,
            recording: None,
        };
        (payload, progress)
    }

    pub(crate) fn answer(self) -> Answer {
        Answer {
            payload: self.payload,
            verdict: self.verdict,
        }
    }
}
