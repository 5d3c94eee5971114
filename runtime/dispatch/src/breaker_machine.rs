//! The breaker as a state machine. Reads no clock and knows no runs.

use std::collections::VecDeque;
use std::time::Instant;

use crate::{BreakerConfig, BreakerReason};

/// Into how many parts the window is cut: how exactly it is known what is in it.
const MARKS_MAX: usize = 10;

/// The state of a circuit breaker.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum BreakerState {
    /// Runs begin as events come.
    Closed,
    /// No run begins.
    Open,
    /// Some runs are tried.
    HalfOpen,
}

impl BreakerState {
    /// The name in logs and RPC.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Closed => "closed",
            Self::Open => "open",
            Self::HalfOpen => "half-open",
        }
    }
}

/// What was counted of a revision so far: its runs, and those that failed by reason.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub(crate) struct BreakerCounts {
    pub(crate) runs: u64,
    pub(crate) failed: [u64; BreakerReason::ALL.len()],
}

impl BreakerCounts {
    fn since(&self, before: &Self) -> Self {
        let mut failed = self.failed;
        for (failed, before) in failed.iter_mut().zip(before.failed) {
            *failed = failed.saturating_sub(before);
        }
        Self {
            runs: self.runs.saturating_sub(before.runs),
            failed,
        }
    }

    /// As they were before one more run, that failed.
    fn without(mut self, reason: BreakerReason) -> Self {
        self.runs = self.runs.saturating_sub(1);
        if let Some(failed) = self.failed.get_mut(reason.position()) {
            *failed = failed.saturating_sub(1);
        }
        self
    }
}

/// Runs of which too many failed for one reason.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct FailedStretch {
    /// How many ended; where a probe failed, those that were tried and said something.
    pub runs: u64,
    /// How many of them failed for the reason.
    pub failures: u64,
}

/// Whether a run may begin.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Permission {
    Run,
    /// It is tried, and has to be reported of: it passed, it failed, or it was lost.
    Probe,
    Instead,
}

/// Closed, open, half-open. It looks at a run only when it fails: what went well is counted
/// elsewhere.
#[derive(Debug)]
pub(crate) struct BreakerMachine {
    config: BreakerConfig,
    phase: Phase,
    /// What had been counted when runs failed within the window, oldest first.
    marks: VecDeque<(Instant, BreakerCounts)>,
    reason: Option<BreakerReason>,
    stretch: FailedStretch,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Phase {
    Closed,
    Open { until: Instant },
    HalfOpen { under_way: u32, passed: u32 },
}

impl BreakerMachine {
    pub(crate) fn new(config: BreakerConfig) -> Self {
        Self {
            config,
            phase: Phase::Closed,
            marks: VecDeque::new(),
            reason: None,
            stretch: FailedStretch::default(),
        }
    }

    pub(crate) fn state(&self) -> BreakerState {
        match self.phase {
            Phase::Closed => BreakerState::Closed,
            Phase::Open { .. } => BreakerState::Open,
            Phase::HalfOpen { .. } => BreakerState::HalfOpen,
        }
    }

    /// Why it opened last; none when it never did, or was reset.
    pub(crate) fn reason(&self) -> Option<BreakerReason> {
        self.reason
    }

    /// What opened it last.
    pub(crate) fn stretch(&self) -> FailedStretch {
        self.stretch
    }

    /// Whether a run may begin now.
    pub(crate) fn permit(&mut self, now: Instant) -> Permission {
        if let Phase::Open { until } = self.phase
            && now >= until
        {
            self.phase = Phase::HalfOpen {
                under_way: 0,
                passed: 0,
            };
        }
        match &mut self.phase {
            Phase::Closed => Permission::Run,
            Phase::Open { .. } => Permission::Instead,
            Phase::HalfOpen { under_way, passed } => {
                if under_way.saturating_add(*passed) >= self.config.probes.max(1) {
                    return Permission::Instead;
                }
                *under_way += 1;
                Permission::Probe
            }
        }
    }

    /// A run that was no probe failed. `counts` has it, too.
    pub(crate) fn failed(&mut self, now: Instant, reason: BreakerReason, counts: BreakerCounts) {
        if self.phase != Phase::Closed {
            return;
        }
        let window = self.config.window;
        let is_old = |at: Instant| now.saturating_duration_since(at) >= window;
        while self.marks.front().is_some_and(|(at, _)| is_old(*at)) {
            self.marks.pop_front();
        }
        let apart = window / u32::try_from(MARKS_MAX).unwrap_or(1);
        let last = self.marks.back();
        if last.is_none_or(|(at, _)| now.saturating_duration_since(*at) >= apart) {
            self.marks.push_back((now, counts.without(reason)));
        }
        if let Some((reason, stretch)) = self.too_many(&counts) {
            self.open(now, reason, stretch);
        }
    }

    /// Whether, in a stretch that is long enough, too many runs failed. A stretch begins with a
    /// failure, so that what was well long ago does not hide that all fails now.
    fn too_many(&self, counts: &BreakerCounts) -> Option<(BreakerReason, FailedStretch)> {
        let stretches = self.marks.iter().map(|(_, before)| counts.since(before));
        let mut long = stretches.filter(|stretch| stretch.runs >= self.config.runs_min.max(1));
        long.find_map(|stretch| {
            BreakerReason::ALL.into_iter().find_map(|reason| {
                let failed = stretch.failed.get(reason.position()).copied();
                let (runs, failures) = (stretch.runs, failed.unwrap_or_default());
                let most = runs.saturating_mul(self.config.percent_max.of(reason).into());
                let is_too_many = failures.saturating_mul(100) > most;
                is_too_many.then_some((reason, FailedStretch { runs, failures }))
            })
        })
    }

    pub(crate) fn probe_passed(&mut self) {
        let Phase::HalfOpen { under_way, passed } = &mut self.phase else {
            return;
        };
        *under_way = under_way.saturating_sub(1);
        *passed += 1;
        if *passed >= self.config.probes.max(1) {
            self.close();
        }
    }

    pub(crate) fn probe_failed(&mut self, now: Instant, reason: BreakerReason) {
        if let Phase::HalfOpen { passed, .. } = self.phase {
            let (runs, failures) = (u64::from(passed) + 1, 1);
            self.open(now, reason, FailedStretch { runs, failures });
        }
    }

    /// A probe that says nothing: it was not admitted, or cut off. Another may begin.
    pub(crate) fn probe_lost(&mut self) {
        if let Phase::HalfOpen { under_way, .. } = &mut self.phase {
            *under_way = under_way.saturating_sub(1);
        }
    }

    /// Closes it, whatever it was.
    pub(crate) fn reset(&mut self) {
        self.close();
        self.reason = None;
    }

    fn close(&mut self) {
        self.phase = Phase::Closed;
        self.marks.clear();
    }

    fn open(&mut self, now: Instant, reason: BreakerReason, stretch: FailedStretch) {
        self.phase = Phase::Open {
            until: now + self.config.open,
        };
        self.marks.clear();
        self.reason = Some(reason);
        self.stretch = stretch;
    }
}

#[cfg(test)]
mod tests;
