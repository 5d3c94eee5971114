//! The keys of a circuit breaker, as they stand in the configuration and in deploys.

use std::ops::RangeInclusive;
use std::time::Duration;

use evroute_dispatch::{BreakerConfig, BreakerFallback};
use evroute_event::FailPolicy;

/// A key of `[tenant.handler.breaker]` whose value is a number.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum BreakerKey {
    WindowSeconds,
    RunsMin,
    TrapsPercentMax,
    ExhaustedPercentMax,
    DeadlinesPercentMax,
    RefusedEffectsPercentMax,
    OpenSeconds,
    Probes,
}

impl BreakerKey {
    pub(crate) const ALL: [Self; 8] = [
        Self::WindowSeconds,
        Self::RunsMin,
        Self::TrapsPercentMax,
        Self::ExhaustedPercentMax,
        Self::DeadlinesPercentMax,
        Self::RefusedEffectsPercentMax,
        Self::OpenSeconds,
        Self::Probes,
    ];

    pub(crate) const fn as_str(self) -> &'static str {
        match self {
            Self::WindowSeconds => "window_seconds",
            Self::RunsMin => "runs_min",
            Self::TrapsPercentMax => "traps_percent_max",
            Self::ExhaustedPercentMax => "exhausted_percent_max",
            Self::DeadlinesPercentMax => "deadlines_percent_max",
            Self::RefusedEffectsPercentMax => "refused_effects_percent_max",
            Self::OpenSeconds => "open_seconds",
            Self::Probes => "probes",
        }
    }

    /// The key of this name.
    pub(crate) fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|key| key.as_str() == name)
    }

    /// What its number may be.
    pub(crate) const fn range(self) -> RangeInclusive<u32> {
        match self {
            Self::WindowSeconds => 1..=3600,
            Self::RunsMin => 1..=1_000_000,
            Self::TrapsPercentMax
            | Self::ExhaustedPercentMax
            | Self::DeadlinesPercentMax
            | Self::RefusedEffectsPercentMax => 0..=100,
            Self::OpenSeconds => 1..=86_400,
            Self::Probes => 1..=1000,
        }
    }

    /// Sets it. False, and nothing is set, where the number is outside of the range.
    pub(crate) fn set(self, config: &mut BreakerConfig, number: u32) -> bool {
        if !self.range().contains(&number) {
            return false;
        }
        let percents = &mut config.percent_max;
        // Within the range.
        let percent = u8::try_from(number).unwrap_or(u8::MAX);
        match self {
            Self::WindowSeconds => config.window = Duration::from_secs(number.into()),
            Self::RunsMin => config.runs_min = number.into(),
            Self::TrapsPercentMax => percents.traps = percent,
            Self::ExhaustedPercentMax => percents.exhausted = percent,
            Self::DeadlinesPercentMax => percents.deadlines = percent,
            Self::RefusedEffectsPercentMax => percents.refused_effects = percent,
            Self::OpenSeconds => config.open = Duration::from_secs(number.into()),
            Self::Probes => config.probes = number,
        }
        true
    }
}

/// What to write as a fallback.
pub(crate) const FALLBACKS: &str = "write \"open\", \"closed\", \"reject 503\" with a code from \
                                    300 to 699, or \"previous-revision\"";

/// The fallback of this name.
pub(crate) fn fallback_named(name: &str) -> Option<BreakerFallback> {
    match name {
        "open" => Some(BreakerFallback::Policy(FailPolicy::Open)),
        "closed" => Some(BreakerFallback::Policy(FailPolicy::Closed)),
        "previous-revision" => Some(BreakerFallback::PreviousRevision),
        other => {
            let code = other.strip_prefix("reject ")?.trim().parse().ok()?;
            (300..=699)
                .contains(&code)
                .then_some(BreakerFallback::Reject(code))
        }
    }
}
