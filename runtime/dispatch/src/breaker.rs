//! The circuit breaker of one revision, beside its runs.

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use evroute_event::{Cause, Outcome};
use evroute_module_api::HandlerContext;
use tokio::time::Instant;

use crate::breaker_machine::{BreakerMachine, FailedStretch, Permission};
use crate::revision_stats::is_admitted;
use crate::{BreakerConfig, BreakerReason, BreakerState, Observer, RevisionStats};

/// Stops asking a revision whose runs fail. While it is closed, an event costs one load: no lock is
/// taken and no clock is read, and runs are looked at only when one fails.
pub struct Breaker {
    config: BreakerConfig,
    is_closed: AtomicBool,
    machine: Mutex<BreakerMachine>,
    openings: AtomicU64,
    events_instead: AtomicU64,
    handler_context: Arc<HandlerContext>,
    observer: Arc<dyn Observer>,
}

/// A breaker as it is now.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct BreakerReading {
    /// Its state. One whose time is over is half-open only when the next event comes.
    pub state: BreakerState,
    /// Why it opened last; none when it never did since it was made or reset.
    pub reason: Option<BreakerReason>,
    /// How often it opened.
    pub openings: u64,
    /// Events for which its fallback counted.
    pub events_instead: u64,
}

/// A breaker that has another state than before.
#[derive(Debug)]
pub struct BreakerChange<'a> {
    /// Whose it is.
    pub handler_context: &'a HandlerContext,
    /// The state before.
    pub from: BreakerState,
    /// The state now.
    pub to: BreakerState,
    /// Why it opened last.
    pub reason: Option<BreakerReason>,
    /// What opened it; none of a breaker that did not open now.
    pub opening: Option<BreakerOpening>,
}

/// What opened a breaker.
#[derive(Clone, Copy, Debug)]
pub struct BreakerOpening {
    /// That of the event whose run opened it.
    pub cause: Cause,
    /// The stretch that speaks against the revision.
    pub stretch: FailedStretch,
    /// How often it has opened, this time included.
    pub openings: u64,
}

/// Leave for one run to begin. A probe that is dropped before it has ended is lost, and another may
/// be tried in its place.
#[derive(Debug)]
pub(crate) struct Pass<'a> {
    breaker: Option<&'a Breaker>,
    is_probe: bool,
}

impl Breaker {
    pub(crate) fn new(
        config: BreakerConfig,
        handler_context: Arc<HandlerContext>,
        observer: Arc<dyn Observer>,
    ) -> Self {
        Self {
            config,
            is_closed: AtomicBool::new(true),
            machine: Mutex::new(BreakerMachine::new(config)),
            openings: AtomicU64::new(0),
            events_instead: AtomicU64::new(0),
            handler_context,
            observer,
        }
    }

    /// What it was made of.
    #[must_use]
    pub fn config(&self) -> &BreakerConfig {
        &self.config
    }

    /// How it is now.
    #[must_use]
    pub fn read(&self) -> BreakerReading {
        let machine = self.machine();
        let (state, reason) = (machine.state(), machine.reason());
        drop(machine);
        BreakerReading {
            state,
            reason,
            openings: self.openings.load(Ordering::Relaxed),
            events_instead: self.events_instead.load(Ordering::Relaxed),
        }
    }

    /// Closes it: what was wrong is thought to be right again.
    pub fn reset(&self) {
        self.change(None, BreakerMachine::reset);
    }

    /// Leave for a run; none while the fallback counts.
    pub(crate) fn pass(&self) -> Option<Pass<'_>> {
        let pass = |is_probe| Pass {
            breaker: Some(self),
            is_probe,
        };
        if self.is_closed.load(Ordering::Relaxed) {
            return Some(pass(false));
        }
        let now = Instant::now().into_std();
        match self.change(None, |machine| machine.permit(now)) {
            Permission::Run => Some(pass(false)),
            Permission::Probe => Some(pass(true)),
            Permission::Instead => None,
        }
    }

    /// Its fallback counted for an event.
    pub(crate) fn count_instead(&self) {
        self.events_instead.fetch_add(1, Ordering::Relaxed);
    }

    #[cold]
    fn failed(&self, cause: Cause, reason: BreakerReason, stats: &RevisionStats) {
        let now = Instant::now().into_std();
        let counts = stats.breaker_counts();
        self.change(Some(cause), |machine| machine.failed(now, reason, counts));
    }

    /// Changes the machine and says, when the lock is released, what became of it. `cause` is that
    /// of the run that ended; without one it does not open.
    fn change<T>(&self, cause: Option<Cause>, change: impl FnOnce(&mut BreakerMachine) -> T) -> T {
        let mut machine = self.machine();
        let from = machine.state();
        let answer = change(&mut machine);
        let (to, reason, stretch) = (machine.state(), machine.reason(), machine.stretch());
        self.is_closed
            .store(to == BreakerState::Closed, Ordering::Relaxed);
        drop(machine);
        if from != to {
            let opened = u64::from(to == BreakerState::Open);
            let openings = self.openings.fetch_add(opened, Ordering::Relaxed) + opened;
            let cause = cause.filter(|_| to == BreakerState::Open);
            self.observer.breaker_changed(&BreakerChange {
                handler_context: &self.handler_context,
                from,
                to,
                reason,
                opening: cause.map(|cause| BreakerOpening {
                    cause,
                    stretch,
                    openings,
                }),
            });
        }
        answer
    }

    /// A machine is whole even if a writer panicked: each step is a few assignments.
    fn machine(&self) -> MutexGuard<'_, BreakerMachine> {
        self.machine.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Pass<'_> {
    /// Of a revision without a breaker.
    pub(crate) const ALWAYS: Self = Self {
        breaker: None,
        is_probe: false,
    };

    /// The run has ended, and is counted already. `cause` is that of its event.
    pub(crate) fn ended(mut self, cause: Cause, outcome: &Outcome, stats: &RevisionStats) {
        let Some(breaker) = self.breaker else {
            return;
        };
        match (self.is_probe, BreakerReason::of(outcome)) {
            (false, None) => {}
            (false, Some(reason)) => breaker.failed(cause, reason, stats),
            (true, Some(reason)) => {
                self.is_probe = false;
                let now = Instant::now().into_std();
                breaker.change(Some(cause), |machine| machine.probe_failed(now, reason));
            }
            (true, None) if says_something(outcome) => {
                self.is_probe = false;
                breaker.change(Some(cause), BreakerMachine::probe_passed);
            }
            (true, None) => {}
        }
    }
}

/// Whether a run that did not fail shows that its revision works.
fn says_something(outcome: &Outcome) -> bool {
    is_admitted(outcome) && !matches!(outcome, Outcome::Cancelled | Outcome::HostFault(_))
}

impl Drop for Pass<'_> {
    fn drop(&mut self) {
        if let Some(breaker) = self.breaker.filter(|_| self.is_probe) {
            breaker.change(None, BreakerMachine::probe_lost);
        }
    }
}

impl std::fmt::Debug for Breaker {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Breaker")
            .field("config", &self.config)
            .finish_non_exhaustive()
    }
}
