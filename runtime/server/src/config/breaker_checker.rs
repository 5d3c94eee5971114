//! `[tenant.handler.breaker]`.

use evroute_dispatch::{BreakerConfig, BreakerFallback};
use evroute_event::FailPolicy;
use evroute_module_api::config::At;

use super::breaker_key::{BreakerKey, FALLBACKS, fallback_named};
use super::checker::Checker;
use crate::raw_config::RawBreaker;

impl Checker<'_> {
    /// `fail_policy` is the handler's: what an open breaker falls back to where nothing else is
    /// written.
    pub(super) fn breaker(&mut self, raw: &RawBreaker, fail_policy: FailPolicy) -> BreakerConfig {
        let mut config = BreakerConfig::default();
        for key in BreakerKey::ALL {
            let Some(written) = written(raw, key) else {
                continue;
            };
            let range = key.range();
            let (least, most) = (*range.start(), *range.end());
            let name = format!("tenant.handler.breaker.{}", key.as_str());
            let range = i64::from(least)..=i64::from(most);
            // One that is wrong is reported, and the least stands for it.
            let number = self.number(&name, Some(written), range, least);
            key.set(&mut config, number);
        }
        config.fallback = match &raw.fallback {
            Some(at) => self.fallback(at, fail_policy),
            None => BreakerFallback::Policy(fail_policy),
        };
        config
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

fn written(raw: &RawBreaker, key: BreakerKey) -> Option<&At<i64>> {
    match key {
        BreakerKey::WindowSeconds => raw.window_seconds.as_ref(),
        BreakerKey::RunsMin => raw.runs_min.as_ref(),
        BreakerKey::TrapsPercentMax => raw.traps_percent_max.as_ref(),
        BreakerKey::ExhaustedPercentMax => raw.exhausted_percent_max.as_ref(),
        BreakerKey::DeadlinesPercentMax => raw.deadlines_percent_max.as_ref(),
        BreakerKey::RefusedEffectsPercentMax => raw.refused_effects_percent_max.as_ref(),
        BreakerKey::OpenSeconds => raw.open_seconds.as_ref(),
        BreakerKey::Probes => raw.probes.as_ref(),
    }
}
