//! One event on its way through its handlers.

use std::future::pending;
use std::panic::resume_unwind;
use std::sync::Arc;
use std::time::Instant;

use evroute_event::{Answer, AnyVerdict, Blame, Cause, EventIndex, Payload, Quota};
use evroute_module_api::{Glue, Lane};
use evroute_sandbox::Run;
use tokio::task::spawn_blocking;

use crate::subscription::{Subscription, TenantSubscriptions};
use crate::unfinished::Unfinished;
use crate::{Observer, RunRecord, Share};

/// An event, how far it has come, and what was decided so far.
pub(crate) struct Raising {
    pub(crate) glue: Arc<dyn Glue>,
    pub(crate) tenant: Arc<TenantSubscriptions>,
    pub(crate) observer: Arc<dyn Observer>,
    pub(crate) event: EventIndex,
    pub(crate) cause: Cause,
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

impl Raising {
    /// Asks handlers as long as they are in the synchronous lane.
    pub(crate) fn ask_sync(mut self) -> Step {
        loop {
            let tenant = Arc::clone(&self.tenant);
            let Some(subscription) = self.next_subscription(&tenant) else {
                return Step::Done(self.answer());
            };
            if subscription.handler.lane() == Lane::Async || over(&tenant).is_some() {
                return Step::Waits(self);
            }
            self.next += 1;
            match self.ask_one_sync(subscription) {
                Flow::On(raising) => self = raising,
                Flow::Over(answer) => return Step::Done(answer),
            }
        }
    }

    /// Asks all handlers that are left, in whichever lane.
    pub(crate) async fn ask_all(mut self) -> Answer {
        let tenant = Arc::clone(&self.tenant);
        loop {
            let Some(subscription) = self.next_subscription(&tenant) else {
                return self.answer();
            };
            self.next += 1;
            let flow = match (subscription.handler.lane(), over(&tenant)) {
                (Lane::Sync, None) => self.ask_one_sync(subscription),
                (Lane::Sync, Some(share)) => self.ask_one_aside(subscription, share).await,
                (Lane::Async, None) => self.ask_one_async(subscription).await,
                (Lane::Async, Some(share)) => match share.turn_among_own().await {
                    Ok(_turn) => self.ask_one_async(subscription).await,
                    Err(refused) => self.refuse(subscription, refused),
                },
            };
            match flow {
                Flow::On(raising) => self = raising,
                Flow::Over(answer) => return answer,
            }
        }
    }

    /// The next handler that wants this event; `next` is its place.
    fn next_subscription<'t>(
        &mut self,
        tenant: &'t TenantSubscriptions,
    ) -> Option<&'t Subscription> {
        let list = tenant.by_event.get(self.event.position())?;
        let segment = self.payload.filter();
        let ahead = list
            .get(self.next..)?
            .iter()
            .position(|s| s.wants(segment))?;
        self.next += ahead;
        list.get(self.next)
    }

    fn ask_one_sync(self, subscription: &Subscription) -> Flow {
        if let Err(refused) = self.check_depth(subscription) {
            return self.refuse(subscription, refused);
        }
        let Self {
            glue,
            tenant,
            observer,
            event,
            cause,
            payload,
            verdict: _,
            next,
        } = self;
        let begun = Instant::now();
        let run = subscription
            .handler
            .run(subscription.export, &*glue, cause, payload);
        decide(
            Parts {
                glue,
                tenant,
                observer,
                event,
                cause,
                next,
                begun,
            },
            subscription,
            run,
        )
    }

    /// Asks a handler of the synchronous lane beside the workers, where the system gives each thread its part of the time:
    /// what others wait for is not held up by it.
    async fn ask_one_aside(self, subscription: &Subscription, share: &Share) -> Flow {
        if let Err(refused) = self.check_depth(subscription) {
            return self.refuse(subscription, refused);
        }
        let turn = match share.turn().await {
            Ok(turn) => turn,
            Err(refused) => return self.refuse(subscription, refused),
        };
        let Self {
            glue,
            tenant,
            observer,
            event,
            cause,
            payload,
            verdict: _,
            next,
        } = self;
        let begun = Instant::now();
        let facts = subscription.handler.facts();
        let unfinished = Unfinished::new(facts, &observer, glue.name(), event, begun);
        let (handler, export) = (Arc::clone(&subscription.handler), subscription.export);
        let asked = Arc::clone(&glue);
        let running = spawn_blocking(move || handler.run(export, &*asked, cause, payload));
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
        decide(
            Parts {
                glue,
                tenant,
                observer,
                event,
                cause,
                next,
                begun,
            },
            subscription,
            run,
        )
    }

    async fn ask_one_async(self, subscription: &Subscription) -> Flow {
        if let Err(refused) = self.check_depth(subscription) {
            return self.refuse(subscription, refused);
        }
        let tenant = Arc::clone(&self.tenant);
        let permit = match tenant.admission.enter().await {
            Ok(permit) => permit,
            Err(refused) => return self.refuse(subscription, refused),
        };
        let Self {
            glue,
            tenant,
            observer,
            event,
            cause,
            payload,
            verdict: _,
            next,
        } = self;
        let begun = Instant::now();
        let facts = subscription.handler.facts();
        let unfinished = Unfinished::new(facts, &observer, glue.name(), event, begun);
        let run = subscription
            .handler
            .run_async(subscription.export, &*glue, cause, payload)
            .await;
        unfinished.over();
        drop(permit);
        decide(
            Parts {
                glue,
                tenant,
                observer,
                event,
                cause,
                next,
                begun,
            },
            subscription,
            run,
        )
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

    fn refuse(self, subscription: &Subscription, quota: Quota) -> Flow {
        let Self {
            glue,
            tenant,
            observer,
            event,
            cause,
            payload,
            verdict: _,
            next,
        } = self;
        let begun = Instant::now();
        let run = Run::refused(payload, quota);
        decide(
            Parts {
                glue,
                tenant,
                observer,
                event,
                cause,
                next,
                begun,
            },
            subscription,
            run,
        )
    }

    fn answer(self) -> Answer {
        Answer {
            payload: self.payload,
            verdict: self.verdict,
        }
    }
}

/// The tenant's share, when it is over it.
fn over(tenant: &TenantSubscriptions) -> Option<&Share> {
    tenant.admission.share().filter(|share| share.is_over())
}

/// A [`Raising`] whose payload is with a run.
struct Parts {
    glue: Arc<dyn Glue>,
    tenant: Arc<TenantSubscriptions>,
    observer: Arc<dyn Observer>,
    event: EventIndex,
    cause: Cause,
    next: usize,
    begun: Instant,
}

/// The verdict of one run: its own, or the one that the fail policy puts in its place.
fn decide(parts: Parts, subscription: &Subscription, run: Run) -> Flow {
    let Parts {
        glue,
        tenant,
        observer,
        event,
        cause,
        next,
        begun,
    } = parts;
    let Run {
        payload,
        verdict,
        outcome,
        used,
        seed,
    } = run;
    let facts = &**subscription.handler.facts();
    let name = glue.name();
    let took = begun.elapsed();
    if let Some(share) = tenant.admission.share() {
        share.charge(used.at_work.unwrap_or(took));
    }
    let record = RunRecord {
        facts,
        event: name,
        index: event,
        outcome: &outcome,
        used,
        seed,
        took,
    };
    observer.ran(&record);
    log_failure(&record, subscription, &*payload);
    let verdict = match verdict {
        Some(verdict) => Some(verdict),
        None => glue.on_failure(&*payload, subscription.policy),
    };
    let over = verdict
        .as_deref()
        .is_some_and(|verdict| !glue.carries_on(verdict));
    let raising = Raising {
        glue,
        tenant,
        observer,
        event,
        cause,
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

/// A run that failed is told to the log, with whose fault it is. `filter` is the third segment of the event's name.
fn log_failure(record: &RunRecord<'_>, subscription: &Subscription, payload: &dyn Payload) {
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
    match blame {
        Blame::Nobody => {}
        Blame::Host => {
            tracing::error!(tenant, event, filter, handler, call_id, %policy, fuel, %outcome, left_out, "run failed");
        }
        Blame::Guest | Blame::Tenant => {
            tracing::warn!(tenant, event, filter, handler, call_id, %policy, fuel, %outcome, left_out, "run failed");
        }
    }
}
