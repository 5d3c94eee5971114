//! `[tenant.handler.breaker]`.

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
            ($name:ident in $range:expr, $default:expr) => {
                self.number(
                    concat!("tenant.handler.breaker.", stringify!($name)),
                    raw.$name.as_ref(),
                    $range,
                    $default,
                )
            };
        }
        let percents = default.percent_max;
        BreakerConfig {
            window: Duration::from_secs(number!(
                window_seconds in 1..=3600,
                default.window.as_secs()
            )),
            runs_min: number!(runs_min in 1..=1_000_000, default.runs_min),
            percent_max: BreakerPercents {
                traps: number!(traps_percent_max in 0..=100, percents.traps),
                exhausted: number!(exhausted_percent_max in 0..=100, percents.exhausted),
                deadlines: number!(deadlines_percent_max in 0..=100, percents.deadlines),
                refused_effects: number!(
                    refused_effects_percent_max in 0..=100,
                    percents.refused_effects
                ),
            },
            open: Duration::from_secs(number!(
                open_seconds in 1..=86_400,
                default.open.as_secs()
            )),
            probes: number!(probes in 1..=1000, default.probes),
            fallback: match &raw.fallback {
                Some(at) => self.fallback(at, fail_policy),
                None => BreakerFallback::Policy(fail_policy),
            },
        }
    }

    fn fallback(&mut self, at: &At<String>, fail_policy: FailPolicy) -> BreakerFallback {
        match at.get_ref().as_str() {
            "open" => BreakerFallback::Policy(FailPolicy::Open),
            "closed" => BreakerFallback::Policy(FailPolicy::Closed),
            "previous-revision" => BreakerFallback::PreviousRevision,
            other => {
                let code = other.strip_prefix("reject ").map(str::trim);
                let code = code.and_then(|code| code.parse().ok());
                if let Some(code) = code.filter(|code| (300..=699).contains(code)) {
                    return BreakerFallback::Reject(code);
                }
                self.wrong(
                    at,
                    "tenant.handler.breaker.fallback",
                    format!("{other:?} is not a fallback"),
                    "write \"open\", \"closed\", \"reject 503\" with a code from 300 to 699, or \
                     \"previous-revision\"",
                );
                BreakerFallback::Policy(fail_policy)
            }
        }
    }
}
