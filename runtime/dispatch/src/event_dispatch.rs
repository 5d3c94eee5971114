//! One event on its way through its handlers.

use std::future::pending;
use std::panic::resume_unwind;
use std::pin::Pin;
use std::sync::Arc;
use std::time::{Duration, Instant};

use evroute_event::{Answer, AnyVerdict, Blame, Cause, EventIndex, LimitKind, Outcome, Payload};
use evroute_module_api::{EventBinding, Lane};
use evroute_sandbox::Run;
use evroute_tenant::ReservedTime;
use tokio::task::spawn_blocking;

use crate::canary::CallPlace;
use crate::failure_log::log_failure;
use crate::subscription::{Subscription, TenantSubscriptions};
use crate::unfinished::Unfinished;
use crate::{CpuBudget, Observer, RunRecord};

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
    pub(crate) next: usize,
    /// Where its call stands, once a canary was met: one event meets one side of all canaries.
    pub(crate) call: Option<CallPlace>,
}

/// Where the synchronous lane has come to.
pub(crate) enum Step {
    /// All handlers were asked, or one had the last word.
    Done(Answer),
    /// The next handler is in the async lane.
    Waits(EventDispatch),
}

/// Whether the next handler is asked.
enum Flow {
    On(EventDispatch),
    Over(Answer),
}

impl DispatchContext<'_> {
    /// Asks handlers as long as they are in the synchronous lane.
    pub(crate) fn ask_sync(self, mut dispatch: EventDispatch) -> Step {
        loop {
            let Some(subscription) = self.next_subscription(&mut dispatch) else {
                return Step::Done(dispatch.answer());
            };
            if subscription.handler().lane() == Lane::Async {
                return Step::Waits(dispatch);
            }
            let begun = Instant::now();
            let Ok(reserved) = self.reserve(subscription, begun) else {
                return Step::Waits(dispatch);
            };
            dispatch.next += 1;
            match self.ask_one_sync(dispatch, subscription, begun, reserved) {
                Flow::On(further) => dispatch = further,
                Flow::Over(answer) => return Step::Done(answer),
            }
        }
    }

    /// Asks all handlers that are left, in whichever lane.
    async fn ask_all(self, mut dispatch: EventDispatch) -> Answer {
        loop {
            let Some(subscription) = self.next_subscription(&mut dispatch) else {
                return dispatch.answer();
            };
            dispatch.next += 1;
            let flow = match subscription.handler().lane() {
                Lane::Sync => {
                    let begun = Instant::now();
                    match self.reserve(subscription, begun) {
                        Ok(reserved) => self.ask_one_sync(dispatch, subscription, begun, reserved),
                        Err(budget) => self.ask_one_throttled(dispatch, subscription, budget).await,
                    }
                }
                Lane::Async => self.ask_one_async(dispatch, subscription).await,
            };
            match flow {
                Flow::On(further) => dispatch = further,
                Flow::Over(answer) => return answer,
            }
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
        subscription: &Subscription,
        begun: Instant,
        reserved: Reserved<'_>,
    ) -> Flow {
        if let Err(refused) = self.check_depth(subscription) {
            reserved.settle(Duration::ZERO);
            return self.refuse(dispatch, subscription, refused);
        }
        let (payload, rest) = dispatch.split();
        let run =
            subscription
                .handler()
                .run(subscription.export, &**self.binding, self.cause, payload);
        let took = begun.elapsed();
        reserved.settle(took);
        self.decide(rest, took, subscription, run)
    }

    /// Asks a handler of the synchronous lane beside the workers, where the system gives each
    /// thread its part of the time: what others wait for is not held up by it.
    async fn ask_one_throttled(
        &self,
        dispatch: EventDispatch,
        subscription: &Subscription,
        budget: &CpuBudget,
    ) -> Flow {
        if let Err(refused) = self.check_depth(subscription) {
            return self.refuse(dispatch, subscription, refused);
        }
        let most = subscription
            .handler()
            .handler_context()
            .limits
            .run_deadline();
        let permit = match budget.permit(most).await {
            Ok(permit) => permit,
            Err(refused) => return self.refuse(dispatch, subscription, refused),
        };
        let begun = Instant::now();
        let unfinished = self.unfinished(subscription, begun);
        let (payload, rest) = dispatch.split();
        let (handler, export) = (Arc::clone(subscription.handler()), subscription.export);
        let (binding, cause) = (Arc::clone(self.binding), self.cause);
        let running = spawn_blocking(move || handler.run(export, &*binding, cause, payload));
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
        permit.settle(took);
        self.decide(rest, took, subscription, run)
    }

    async fn ask_one_async(&self, dispatch: EventDispatch, subscription: &Subscription) -> Flow {
        if let Err(refused) = self.check_depth(subscription) {
            return self.refuse(dispatch, subscription, refused);
        }
        let permit = match self.tenant.admission.enter().await {
            Ok(permit) => permit,
            Err(refused) => return self.refuse(dispatch, subscription, refused),
        };
        let begun = Instant::now();
        let unfinished = self.unfinished(subscription, begun);
        let (payload, rest) = dispatch.split();
        let run = subscription.handler().run_async(
            subscription.export,
            &**self.binding,
            self.cause,
            payload,
        );
        let run = match self.tenant.admission.budget() {
            Some(budget) => budget.pace(run).await,
            None => run.await,
        };
        unfinished.over();
        drop(permit);
        self.decide(rest, begun.elapsed(), subscription, run)
    }

    /// Events that raise events that raise events end somewhere.
    fn check_depth(&self, subscription: &Subscription) -> Result<(), LimitKind> {
        let limit = subscription
            .handler()
            .handler_context()
            .limits
            .event_depth_max;
        if u64::from(self.cause.depth) > u64::from(limit) {
            Err(LimitKind::EventDepth)
        } else {
            Ok(())
        }
    }

    fn refuse(
        &self,
        dispatch: EventDispatch,
        subscription: &Subscription,
        quota: LimitKind,
    ) -> Flow {
        let (payload, rest) = dispatch.split();
        let run = Run::refused(payload, quota);
        self.decide(rest, Duration::ZERO, subscription, run)
    }

    /// The verdict of one run: its own, or the one that the fail policy puts in its place.
    fn decide(&self, rest: Rest, took: Duration, subscription: &Subscription, run: Run) -> Flow {
        let Run {
            payload,
            verdict,
            outcome,
            used,
            seed,
            stack,
        } = run;
        let record = RunRecord {
            handler_context: subscription.handler().handler_context(),
            event: self.binding.name(),
            index: self.event,
            outcome: &outcome,
            used,
            seed,
            took,
        };
        self.count(subscription, &record, verdict.as_ref());
        if outcome.blame() != Blame::Nobody {
            let begun = Instant::now();
            log_failure(&record, &stack, subscription, &*payload);
            // Telling where it was takes time too, in proportion to what the component says of its
            // source.
            if let Some(budget) = self.tenant.admission.budget() {
                budget.charge(begun.elapsed());
            }
        }
        // A refusal counts even where the run's effects do not: what a handler forbids must not
        // come to pass because a table is full.
        let counts = |verdict: &AnyVerdict| {
            outcome == Outcome::Returned || !self.binding.is_continue(&**verdict)
        };
        let verdict = match verdict.filter(counts) {
            Some(verdict) => Some(verdict),
            None => Some(self.binding.on_failure(subscription.revision.policy)),
        };
        let over = verdict
            .as_deref()
            .is_some_and(|verdict| !self.binding.is_continue(verdict));
        let dispatch = EventDispatch {
            payload,
            verdict,
            next: rest.next,
            call: rest.call,
        };
        if over {
            Flow::Over(dispatch.answer())
        } else {
            Flow::On(dispatch)
        }
    }
}

impl<'a> DispatchContext<'a> {
    /// Reserves what a run of this handler may take in the synchronous lane; the budget, when there
    /// is not so much left.
    fn reserve(
        &self,
        subscription: &Subscription,
        now: Instant,
    ) -> Result<Reserved<'a>, &'a CpuBudget> {
        let Some(budget) = self.tenant.admission.budget() else {
            return Ok(Reserved(None));
        };
        let most = subscription
            .handler()
            .handler_context()
            .limits
            .run_deadline();
        match budget.reserve(now, most) {
            Some(reserved) => Ok(Reserved(Some((budget, reserved)))),
            None => Err(budget),
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

    /// The next handler that wants this event, by the revision that gets its call; `next` is its
    /// place.
    fn next_subscription(&self, dispatch: &mut EventDispatch) -> Option<&'a Subscription> {
        let list = self.tenant.by_event.get(self.event.position())?;
        while let Some(handler) = list.get(dispatch.next) {
            let subscription = handler.of_call(|| self.call_place(dispatch));
            let wants = |s: &&Subscription| s.wants(dispatch.payload.filter());
            if let Some(subscription) = subscription.filter(wants) {
                return Some(subscription);
            }
            dispatch.next += 1;
        }
        None
    }

    /// Where the event's call stands, for canaries.
    #[cold]
    fn call_place(&self, dispatch: &mut EventDispatch) -> CallPlace {
        if let Some(place) = dispatch.call {
            return place;
        }
        let message = dispatch.payload.subject().message.as_ref();
        let place = match message.and_then(|message| message.call_id()) {
            Some(call_id) => CallPlace::of_call_id(call_id),
            None => self.tenant.place_without_call(),
        };
        dispatch.call = Some(place);
        place
    }

    /// Counts a run that is over.
    fn count(
        &self,
        subscription: &Subscription,
        record: &RunRecord<'_>,
        verdict: Option<&AnyVerdict>,
    ) {
        let case = verdict.and_then(|verdict| self.binding.case(&**verdict));
        let stats = subscription.revision.stats();
        stats.count(subscription.place, record.outcome, record.used.fuel, case);
        self.observer.ran(record);
    }
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

/// How far an event has come, while its payload is with a run.
struct Rest {
    next: usize,
    call: Option<CallPlace>,
}

impl EventDispatch {
    fn split(self) -> (Box<dyn Payload>, Rest) {
        let Self {
            payload,
            next,
            call,
            verdict: _,
        } = self;
        (payload, Rest { next, call })
    }

    fn answer(self) -> Answer {
        Answer {
            payload: self.payload,
            verdict: self.verdict,
        }
    }
}
