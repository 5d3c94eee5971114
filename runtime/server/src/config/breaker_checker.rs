//! `[tenant.handler.breaker]`.

use std::ops::RangeInclusive;
use std::time::Duration;

use evroute_dispatch::{BreakerConfig, BreakerFallback, BreakerPercents};
use evroute_event::FailPolicy;
use evroute_module_api::config::At;

use super::checker::Checker;
use crate::raw_config::RawBreaker;

impl Checker<'_> {
    /// `fail_policy` is the handler's: what an open breaker falls back to where nothing else is
    /// written.
    pub(super) fn breaker(&mut self, raw: &RawBreaker, fail_policy: FailPolicy) -> BreakerConfig {
        let default = BreakerConfig::default();
        macro_rules! number {
            ($name:ident, $default:expr) => {
                self.number(
                    concat!("tenant.handler.breaker.", stringify!($name)),
                    raw.$name.as_ref(),
                    breaker_range(stringify!($name)),
                    $default,
                )
            };
        }
        let percents = default.percent_max;
        BreakerConfig {
            window: Duration::from_secs(number!(window_seconds, default.window.as_secs())),
            runs_min: number!(runs_min, default.runs_min),
            percent_max: BreakerPercents {
                traps: number!(traps_percent_max, percents.traps),
                exhausted: number!(exhausted_percent_max, percents.exhausted),
                deadlines: number!(deadlines_percent_max, percents.deadlines),
                refused_effects: number!(refused_effects_percent_max, percents.refused_effects),
            },
            open: Duration::from_secs(number!(open_seconds, default.open.as_secs())),
            probes: number!(probes, default.probes),
            fallback: match &raw.fallback {
                Some(at) => self.fallback(at, fail_policy),
                None => BreakerFallback::Policy(fail_policy),
            },
        }
    }

    fn fallback(&mut self, at: &At<String>, fail_policy: FailPolicy) -> BreakerFallback {
        let written = at.get_ref().as_str();
        fallback_named(written).unwrap_or_else(|| {
            self.wrong(
                at,
                "tenant.handler.breaker.fallback",
                format!("{written:?} is not a fallback"),
                FALLBACKS,
            );
            BreakerFallback::Policy(fail_policy)
        })
    }
}

/// What to write.
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

/// What a number of `[tenant.handler.breaker]` may be.
pub(crate) fn breaker_range(name: &str) -> RangeInclusive<i64> {
    match name {
        "window_seconds" => 1..=3600,
        "runs_min" => 1..=1_000_000,
        "traps_percent_max"
        | "exhausted_percent_max"
        | "deadlines_percent_max"
        | "refused_effects_percent_max" => 0..=100,
        "open_seconds" => 1..=86_400,
        "probes" => 1..=1000,
        // Nobody sets what has no name here.
        _ => 0..=0,
    }
}
