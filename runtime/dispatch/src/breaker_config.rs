//! When a breaker opens, and what counts while it is open.

use std::time::Duration;

use evroute_event::{FailPolicy, Outcome};

use crate::revision_stats::is_effect_refused;

/// When the circuit breaker of a revision opens, and what counts instead of its runs then.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct BreakerConfig {
    /// What counts while it is open. Default: the fail policy `open`.
    pub fallback: BreakerFallback,
    /// How far back runs are looked at. Default 10 s.
    pub window: Duration,
    /// How many runs it takes before any share of them counts. Default 20.
    pub runs_min: u64,
    /// It opens when, in a stretch of so many runs within the window, more of them failed for one
    /// of the reasons than this, in percent; 100 is never. Default 50 for each.
    pub percent_max: BreakerPercents,
    /// How long it stays open before it tries some runs. Default 10 s.
    pub open: Duration,
    /// How many runs are tried, at most all at the same time. When none of them fails, it closes;
    /// when one does, it is open again. Default 3.
    pub probes: u32,
}

/// A share of runs for each [`BreakerReason`], in percent.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct BreakerPercents {
    /// See [`BreakerReason::Traps`].
    pub traps: u8,
    /// See [`BreakerReason::Exhausted`].
    pub exhausted: u8,
    /// See [`BreakerReason::Deadlines`].
    pub deadlines: u8,
    /// See [`BreakerReason::RefusedEffects`].
    pub refused_effects: u8,
}

/// What counts instead of a run while a breaker is open. A canary whose breaker is open gets no
/// calls: the active revision gets them.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum BreakerFallback {
    /// The verdict of a fail policy.
    Policy(FailPolicy),
    /// Requests are answered with this status code; other events have the verdict of the fail
    /// policy `closed`.
    Reject(u16),
    /// The revision before is asked; without one, or where its breaker is open too, the
    /// revision's own fail policy counts.
    PreviousRevision,
}

/// Why a breaker is open.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum BreakerReason {
    /// Too many runs trapped.
    Traps,
    /// Too many runs used up their fuel, memory or another limit of a run.
    Exhausted,
    /// Too many runs missed their deadline.
    Deadlines,
    /// The effects of too many runs met a quota of the tenant.
    RefusedEffects,
}

impl BreakerReason {
    /// All of them.
    pub const ALL: [Self; 4] = [
        Self::Traps,
        Self::Exhausted,
        Self::Deadlines,
        Self::RefusedEffects,
    ];

    /// The name in logs, metrics and RPC.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Traps => "traps",
            Self::Exhausted => "exhausted",
            Self::Deadlines => "deadlines",
            Self::RefusedEffects => "refused_effects",
        }
    }

    /// Why a run speaks against its revision; none when it does not. A handler that gives up
    /// politely works, and what is the server's fault is not the handler's.
    pub(crate) fn of(outcome: &Outcome) -> Option<Self> {
        match outcome {
            Outcome::Trap(_) => Some(Self::Traps),
            Outcome::OutOfFuel | Outcome::MemoryExceeded(_) => Some(Self::Exhausted),
            Outcome::DeadlineExceeded => Some(Self::Deadlines),
            Outcome::QuotaExceeded(limit) if limit.is_of_admission() => None,
            Outcome::QuotaExceeded(_) if is_effect_refused(outcome) => Some(Self::RefusedEffects),
            Outcome::QuotaExceeded(_) => Some(Self::Exhausted),
            Outcome::Returned
            | Outcome::GuestError(_)
            | Outcome::Cancelled
            | Outcome::HostFault(_) => None,
        }
    }

    pub(crate) const fn position(self) -> usize {
        self as usize
    }
}

impl BreakerPercents {
    /// The same share for each reason.
    #[must_use]
    pub const fn all(percent: u8) -> Self {
        Self {
            traps: percent,
            exhausted: percent,
            deadlines: percent,
            refused_effects: percent,
        }
    }

    pub(crate) const fn of(self, reason: BreakerReason) -> u8 {
        match reason {
            BreakerReason::Traps => self.traps,
            BreakerReason::Exhausted => self.exhausted,
            BreakerReason::Deadlines => self.deadlines,
            BreakerReason::RefusedEffects => self.refused_effects,
        }
    }
}

impl Default for BreakerConfig {
    fn default() -> Self {
        Self {
            fallback: BreakerFallback::Policy(FailPolicy::Open),
            window: Duration::from_secs(10),
            runs_min: 20,
            percent_max: BreakerPercents::all(50),
            open: Duration::from_secs(10),
            probes: 3,
        }
    }
}
