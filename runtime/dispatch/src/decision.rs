//! What becomes of an event after one handler.

use std::time::{Duration, Instant};

use evroute_event::{AnyVerdict, Blame, LimitKind, Outcome};
use evroute_module_api::RunEnd;
use evroute_sandbox::Run;

use crate::event_dispatch::{DispatchContext, EventDispatch, Flow, Progress};
use crate::failure_log::log_failure;
use crate::revision_stats::is_admitted;
use crate::subscription::{Asked, Subscription};
use crate::{LiveRevision, RunRecord};

impl DispatchContext<'_> {
    /// A run that is not admitted.
    pub(crate) fn refuse(
        &self,
        dispatch: EventDispatch,
        asked: Asked<'_>,
        quota: LimitKind,
    ) -> Flow {
        let (payload, progress) = dispatch.split();
        let run = Run::refused(payload, quota);
        self.decide(progress, Duration::ZERO, asked, run)
    }

    /// The verdict of one run: its own, or the one that the fail policy puts in its place.
    pub(crate) fn decide(
        &self,
        progress: Progress,
        took: Duration,
        asked: Asked<'_>,
        run: Run,
    ) -> Flow {
        let Asked {
            subscription,
            pass,
            instead_of,
        } = asked;
        if let Some(active) = instead_of {
            active.count_instead();
        }
        let Run {
            payload,
            verdict,
            outcome,
            used,
            seed,
            tap: _,
            stack,
        } = run;
        let case = verdict.as_ref();
        let case = case.and_then(|verdict| self.binding.case(&**verdict));
        let record = RunRecord {
            handler_context: subscription.handler().handler_context(),
            event: self.binding.name(),
            index: self.event,
            subject: Some(payload.subject()),
            verdict: case.and_then(|case| self.binding.cases().get(case).copied()),
            outcome: &outcome,
            used,
            seed,
            took,
        };
        self.count(subscription, &record, case);
        if let Some(recording) = progress.recording {
            recording.end(&RunEnd {
                handler_context: record.handler_context,
                component_digest: &subscription.handler().digest(),
                binding: &**self.binding,
                subject: payload.subject(),
                verdict: verdict.as_ref(),
                outcome: &outcome,
                fuel: used.fuel,
                memory_bytes: used.memory_bytes,
                seed,
            });
        }
        pass.ended(self.cause, &outcome, subscription.revision.stats());
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
            outcome == Outcome::Returned || self.binding.counts_without_effects(&**verdict)
        };
        let verdict = match verdict.filter(counts) {
            Some(verdict) => Some(verdict),
            None => Some(self.binding.on_failure(subscription.revision.policy)),
        };
        self.go_on(EventDispatch {
            payload,
            verdict,
            next: progress.next,
            call: progress.call,
        })
    }

    /// The fallback of a revision whose breaker is open, in place of a run.
    pub(crate) fn instead(&self, dispatch: EventDispatch, revision: &LiveRevision) -> Flow {
        self.go_on(EventDispatch {
            verdict: Some(revision.instead(&**self.binding)),
            next: dispatch.next + 1,
            ..dispatch
        })
    }

    /// Whether the next handler is asked after this verdict.
    fn go_on(&self, dispatch: EventDispatch) -> Flow {
        let verdict = dispatch.verdict.as_deref();
        if verdict.is_some_and(|verdict| !self.binding.is_continue(verdict)) {
            Flow::Over(dispatch.answer())
        } else {
            Flow::On(dispatch)
        }
    }

    /// Counts a run that is over.
    fn count(&self, subscription: &Subscription, record: &RunRecord<'_>, case: Option<usize>) {
        let has_returned = *record.outcome == Outcome::Returned;
        let admission = &self.tenant.admission;
        if is_admitted(record.outcome) {
            admission.charge(&record.used, has_returned);
            subscription.revision.charge_fuel(record.used.fuel);
            subscription.revision.run_length.ran(record.used.fuel);
        } else {
            admission.ledger().refuse();
        }
        let stats = subscription.revision.stats();
        stats.count(subscription.place, record.outcome, record.used.fuel, case);
        self.observer.ran(record);
    }
}
