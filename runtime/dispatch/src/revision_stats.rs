//! What became of the runs of one revision.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use evroute_event::{EventName, LimitKind, Outcome, OutcomeKind};
use evroute_module_api::EventBinding;
use evroute_sandbox::Handler;

use crate::BreakerReason;
use crate::breaker_machine::BreakerCounts;

/// What became of the runs of one revision, since it was made ready. Counting takes no lock.
#[derive(Debug)]
pub struct RevisionStats {
    by_outcome: [AtomicU64; OutcomeKind::ALL.len()],
    effects_refused: AtomicU64,
    fuel: AtomicU64,
    /// In the order of the handler's exports.
    verdicts: Vec<EventVerdicts>,
}

/// The verdicts about one event, in the order of its cases.
#[derive(Debug)]
struct EventVerdicts {
    event: EventName,
    cases: &'static [&'static str],
    runs: Box<[AtomicU64]>,
}

/// [`RevisionStats`] as they stood at one time. The numbers are read one after the other.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct RevisionTotals {
    /// Runs that were admitted and are over, in the order of [`OutcomeKind::ALL`].
    pub by_outcome: [u64; OutcomeKind::ALL.len()],
    /// Runs that returned a verdict whose effects could not be committed, or raised more than may
    /// wait: a quota of the tenant was in the way.
    pub effects_refused: u64,
    /// Fuel burnt.
    pub fuel: u64,
    /// How often each verdict was returned; those that never were are left out.
    pub verdicts: Vec<VerdictCount>,
}

/// How often a revision decided something about an event.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct VerdictCount {
    /// The event.
    pub event: EventName,
    /// The verdict, by its name in [`evroute_event::Verdict::CASES`].
    pub verdict: &'static str,
    /// Runs that returned it.
    pub runs: u64,
}

impl RevisionTotals {
    /// Runs that are over.
    #[must_use]
    pub fn runs(&self) -> u64 {
        self.by_outcome.iter().sum()
    }

    /// Of those, the ones with this outcome.
    #[must_use]
    pub fn of(&self, outcome: OutcomeKind) -> u64 {
        let of_outcome = self.by_outcome.get(outcome.position());
        of_outcome.copied().unwrap_or_default()
    }
}

impl RevisionStats {
    /// Nothing has run yet.
    pub(crate) fn new(handler: &Handler, bindings: &[Arc<dyn EventBinding>]) -> Self {
        let of_event = |binding: &Arc<dyn EventBinding>| EventVerdicts {
            event: binding.name(),
            cases: binding.cases(),
            runs: binding.cases().iter().map(|_| AtomicU64::new(0)).collect(),
        };
        let exports = handler.exports().iter();
        Self {
            by_outcome: Default::default(),
            effects_refused: AtomicU64::new(0),
            fuel: AtomicU64::new(0),
            verdicts: exports
                .filter_map(|export| bindings.get(export.event.position()))
                .map(of_event)
                .collect(),
        }
    }

    /// Counts a run that is over, of this export of the handler. `verdict` is the place of what it
    /// returned among its event's cases.
    pub(crate) fn count(
        &self,
        export: usize,
        outcome: &Outcome,
        fuel: u64,
        verdict: Option<usize>,
    ) {
        if !is_admitted(outcome) {
            return;
        }
        if let Some(runs) = self.by_outcome.get(outcome.kind().position()) {
            runs.fetch_add(1, Ordering::Relaxed);
        }
        self.fuel.fetch_add(fuel, Ordering::Relaxed);
        if is_effect_refused(outcome) {
            self.effects_refused.fetch_add(1, Ordering::Relaxed);
        }
        let event = self.verdicts.get(export);
        if let Some(runs) = event.and_then(|event| event.runs.get(verdict?)) {
            runs.fetch_add(1, Ordering::Relaxed);
        }
    }

    /// What the breaker looks at.
    pub(crate) fn breaker_counts(&self) -> BreakerCounts {
        let numbers = self.by_outcome.each_ref();
        let of = |kind: OutcomeKind| {
            let number = numbers.get(kind.position());
            number.map_or(0, |number| number.load(Ordering::Relaxed))
        };
        let refused = self.effects_refused.load(Ordering::Relaxed);
        let quota = of(OutcomeKind::QuotaExceeded).saturating_sub(refused);
        let exhausted = of(OutcomeKind::OutOfFuel) + of(OutcomeKind::MemoryExceeded) + quota;
        BreakerCounts {
            runs: OutcomeKind::ALL.into_iter().map(of).sum(),
            failed: BreakerReason::ALL.map(|reason| match reason {
                BreakerReason::Traps => of(OutcomeKind::Trap),
                BreakerReason::Exhausted => exhausted,
                BreakerReason::Deadlines => of(OutcomeKind::DeadlineExceeded),
                BreakerReason::RefusedEffects => refused,
            }),
        }
    }

    /// The numbers now.
    #[must_use]
    pub fn totals(&self) -> RevisionTotals {
        let read = |number: &AtomicU64| number.load(Ordering::Relaxed);
        let counted = |event: &EventVerdicts| {
            let name = event.event;
            let cases = event.cases.iter().zip(event.runs.iter());
            let counts = cases.map(move |(verdict, runs)| VerdictCount {
                event: name,
                verdict,
                runs: runs.load(Ordering::Relaxed),
            });
            counts.filter(|count| count.runs > 0).collect::<Vec<_>>()
        };
        RevisionTotals {
            by_outcome: self.by_outcome.each_ref().map(read),
            effects_refused: read(&self.effects_refused),
            fuel: read(&self.fuel),
            verdicts: self.verdicts.iter().flat_map(counted).collect(),
        }
    }
}

/// What had no permit to run says nothing about the revision.
pub(crate) fn is_admitted(outcome: &Outcome) -> bool {
    !matches!(outcome, Outcome::QuotaExceeded(limit) if limit.is_of_admission())
}

pub(crate) fn is_effect_refused(outcome: &Outcome) -> bool {
    matches!(
        outcome,
        Outcome::QuotaExceeded(LimitKind::TenantState | LimitKind::EventsQueued)
    )
}
