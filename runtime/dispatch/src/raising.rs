//! One event on its way through its handlers.

use std::future::pending;
use std::panic::resume_unwind;
use std::pin::Pin;
use std::sync::Arc;
use std::time::Instant;

use evroute_event::{Answer, AnyVerdict, Blame, Cause, EventIndex, Outcome, Payload, Quota};
use evroute_module_api::{Glue, Lane};
use evroute_sandbox::{Run, Stack};
use tokio::task::spawn_blocking;

use crate::subscription::{Subscription, TenantSubscriptions};
use crate::unfinished::Unfinished;
use crate::{Observer, RunRecord, Share};

/// What does not change while an event goes from handler to handler.
#[derive(Clone, Copy)]
pub(crate) struct Round<'a> {
    pub(crate) glue: &'a Arc<dyn Glue>,
    pub(crate) tenant: &'a Arc<TenantSubscriptions>,
    pub(crate) observer: &'a Arc<dyn Observer>,
    pub(crate) event: EventIndex,
    pub(crate) cause: Cause,
}

/// An event, how far it has come, and what was decided so far.
pub(crate) struct Raising {
    pub(crate) payload: Box<dyn Payload>,
    pub(crate) verdict: Option<AnyVerdict>,
    pub(crate) next: usize,
}

/// Where the synchronous lane has come to.
pub(crate) enum Step {
    /// All handlers were asked, or one had the last word.
    Done(Answer),
    /// The next handler is in the async lane.
    Waits(Raising),
}

/// Whether the next handler is asked.
enum Flow {
    On(Raising),
    Over(Answer),
}

impl Round<'_> {
    /// Asks handlers as long as they are in the synchronous lane.
    pub(crate) fn ask_sync(self, mut raising: Raising) -> Step {
        loop {
            let Some(subscription) = self.next_subscription(&mut raising) else {
                return Step::Done(raising.answer());
            };
            if subscription.handler.lane() == Lane::Async || self.share_overrun().is_some() {
                return Step::Waits(raising);
            }
            raising.next += 1;
            match self.ask_one_sync(raising, subscription) {
                Flow::On(further) => raising = further,
                Flow::Over(answer) => return Step::Done(answer),
            }
        }
    }

    /// Asks all handlers that are left, in whichever lane.
    async fn ask_all(self, mut raising: Raising) -> Answer {
        loop {
            let Some(subscription) = self.next_subscription(&mut raising) else {
                return raising.answer();
            };
            raising.next += 1;
            let flow = match (subscription.handler.lane(), self.share_overrun()) {
                (Lane::Sync, None) => self.ask_one_sync(raising, subscription),
                (Lane::Sync, Some(share)) => self.ask_one_aside(raising, subscription, share).await,
                (Lane::Async, None) => self.ask_one_async(raising, subscription).await,
                (Lane::Async, Some(share)) => match share.turn_among_own().await {
                    Ok(_turn) => self.ask_one_async(raising, subscription).await,
                    Err(refused) => self.refuse(raising, subscription, refused),
                },
            };
            match flow {
                Flow::On(further) => raising = further,
                Flow::Over(answer) => return answer,
            }
        }
    }

    /// Asks all handlers that are left, some time. The subscriptions stay what they are meanwhile, whatever is deployed.
    pub(crate) fn later(self, raising: Raising) -> Pin<Box<dyn Future<Output = Answer> + Send>> {
        let (glue, tenant) = (Arc::clone(self.glue), Arc::clone(self.tenant));
        let observer = Arc::clone(self.observer);
        let Self { event, cause, .. } = self;
        Box::pin(async move {
            let round = Round {
                glue: &glue,
                tenant: &tenant,
                observer: &observer,
                event,
                cause,
            };
            round.ask_all(raising).await
        })
    }

    fn ask_one_sync(&self, raising: Raising, subscription: &Subscription) -> Flow {
        if let Err(refused) = self.check_depth(subscription) {
            return self.refuse(raising, subscription, refused);
        }
        let begun = Instant::now();
        let Raising { payload, next, .. } = raising;
        let run = subscription
            .handler
            .run(subscription.export, &**self.glue, self.cause, payload);
        self.decide(next, begun, subscription, run)
    }

    /// Asks a handler of the synchronous lane beside the workers, where the system gives each thread its part of the time:
    /// what others wait for is not held up by it.
    async fn ask_one_aside(
        &self,
        raising: Raising,
        subscription: &Subscription,
        share: &Share,
    ) -> Flow {
        if let Err(refused) = self.check_depth(subscription) {
            return self.refuse(raising, subscription, refused);
        }
        let turn = match share.turn().await {
            Ok(turn) => turn,
            Err(refused) => return self.refuse(raising, subscription, refused),
        };
        let begun = Instant::now();
        let unfinished = self.unfinished(subscription, begun);
        let Raising { payload, next, .. } = raising;
        let (handler, export) = (Arc::clone(&subscription.handler), subscription.export);
        let (glue, cause) = (Arc::clone(self.glue), self.cause);
        let running = spawn_blocking(move || handler.run(export, &*glue, cause, payload));
        let run = match running.await {
            Ok(run) => run,
            Err(error) => match error.try_into_panic() {
                Ok(panic) => resume_unwind(panic),
                // The threads have ended, and nobody waits for an answer any more.
                Err(_) => return pending().await,
            },
        };
        unfinished.over();
        drop(turn);
        self.decide(next, begun, subscription, run)
    }

    async fn ask_one_async(&self, raising: Raising, subscription: &Subscription) -> Flow {
        if let Err(refused) = self.check_depth(subscription) {
            return self.refuse(raising, subscription, refused);
        }
        let permit = match self.tenant.admission.enter().await {
            Ok(permit) => permit,
            Err(refused) => return self.refuse(raising, subscription, refused),
        };
        let begun = Instant::now();
        let unfinished = self.unfinished(subscription, begun);
        let Raising { payload, next, .. } = raising;
        let run = subscription
            .handler
            .run_async(subscription.export, &**self.glue, self.cause, payload)
            .await;
        unfinished.over();
        drop(permit);
        self.decide(next, begun, subscription, run)
    }

    /// Events that raise events that raise events end somewhere.
    fn check_depth(&self, subscription: &Subscription) -> Result<(), Quota> {
        let limit = subscription.handler.facts().limits.event_depth_max;
        if u64::from(self.cause.depth) > u64::from(limit) {
            Err(Quota::EventDepth)
        } else {
            Ok(())
        }
    }

    fn refuse(&self, raising: Raising, subscription: &Subscription, quota: Quota) -> Flow {
        let Raising { payload, next, .. } = raising;
        let run = Run::refused(payload, quota);
        self.decide(next, Instant::now(), subscription, run)
    }

    /// The verdict of one run: its own, or the one that the fail policy puts in its place.
    fn decide(&self, next: usize, begun: Instant, subscription: &Subscription, run: Run) -> Flow {
        let Run {
            payload,
            verdict,
            outcome,
            used,
            seed,
            stack,
        } = run;
        let took = begun.elapsed();
        if let Some(share) = self.tenant.admission.share() {
            share.charge(used.at_work.unwrap_or(took));
        }
        let record = RunRecord {
            facts: subscription.handler.facts(),
            event: self.glue.name(),
            index: self.event,
            outcome: &outcome,
            used,
            seed,
            took,
        };
        self.observer.ran(&record);
        if outcome.blame() != Blame::Nobody {
            log_failure(&record, &stack, subscription, &*payload);
            // Telling where it was takes time too, in proportion to what the component says of its source.
            if let Some(share) = self.tenant.admission.share() {
                share.charge(begun.elapsed().saturating_sub(took));
            }
        }
        // A refusal counts even where the run's effects do not: what a handler forbids must not
        // come to pass because a table is full.
        let counts = |verdict: &AnyVerdict| {
            outcome == Outcome::Returned || !self.glue.carries_on(&**verdict)
        };
        let verdict = match verdict.filter(counts) {
            Some(verdict) => Some(verdict),
            None => self.glue.on_failure(&*payload, subscription.policy),
        };
        let over = verdict
            .as_deref()
            .is_some_and(|verdict| !self.glue.carries_on(verdict));
        let raising = Raising {
            payload,
            verdict,
            next,
        };
        if over {
            Flow::Over(raising.answer())
        } else {
            Flow::On(raising)
        }
    }
}

impl<'a> Round<'a> {
    /// The tenant's share, when it is over it.
    fn share_overrun(&self) -> Option<&'a Share> {
        self.tenant
            .admission
            .share()
            .filter(|share| share.is_over())
    }

    fn unfinished<'s>(&'s self, subscription: &'s Subscription, begun: Instant) -> Unfinished<'s> {
        let facts = subscription.handler.facts();
        Unfinished::new(facts, self.observer, self.glue.name(), self.event, begun)
    }

    /// The next handler that wants this event; `next` is its place.
    fn next_subscription(&self, raising: &mut Raising) -> Option<&'a Subscription> {
        let list = self.tenant.by_event.get(self.event.position())?;
        let segment = raising.payload.filter();
        let ahead = list
            .get(raising.next..)?
            .iter()
            .position(|s| s.wants(segment))?;
        raising.next += ahead;
        list.get(raising.next)
    }
}

impl Raising {
    fn answer(self) -> Answer {
        Answer {
            payload: self.payload,
            verdict: self.verdict,
        }
    }
}

/// A run that failed is told to the log, with whose fault it is. `filter` is the third segment of the event's name.
fn log_failure(
    record: &RunRecord<'_>,
    stack: &Stack,
    subscription: &Subscription,
    payload: &dyn Payload,
) {
    let RunRecord {
        facts,
        event,
        outcome,
        used,
        ..
    } = record;
    let blame = outcome.blame();
    if blame == Blame::Nobody {
        return;
    }
    let Some(left_out) = subscription.failures.admit(Instant::now()) else {
        return;
    };
    let left_out = (left_out > 0).then_some(left_out);
    let message = payload.subject().message.as_ref();
    let (call_id, filter) = (
        message.and_then(|message| message.call_id()),
        payload.filter(),
    );
    let (tenant, handler) = (facts.tenant.id.as_str(), facts.handler.as_str());
    let (event, fuel, policy) = (event.as_str(), used.fuel, subscription.policy);
    let limit = outcome.limit(&facts.limits).map(|limit| limit.to_string());
    let at = (!stack.is_empty()).then(|| stack.to_string());
    match blame {
        Blame::Nobody => {}
        Blame::Host => {
            tracing::error!(tenant, event, filter, handler, call_id, %policy, fuel, %outcome, limit, at, left_out, "run failed");
        }
        Blame::Guest | Blame::Tenant => {
            tracing::warn!(tenant, event, filter, handler, call_id, %policy, fuel, %outcome, limit, at, left_out, "run failed");
        }
    }
}
