//! `[pike]`.

use std::time::Duration;

use evroute_tenant::SourceLimits;

use super::checker::Checker;
use crate::raw_config::RawPike;

impl Checker<'_> {
    /// Without the section nobody is banned.
    pub(super) fn pike(&mut self, raw: &RawPike) -> SourceLimits {
        let default = SourceLimits::default();
        let per_second = self.number(
            "pike.messages_per_second_max",
            raw.messages_per_second_max.as_ref(),
            0..=1_000_000,
            default.messages_per_second_max,
        );
        let seconds = self.number(
            "pike.ban_seconds",
            raw.ban_seconds.as_ref(),
            1..=86_400,
            default.ban.as_secs(),
        );
        let fix = "write \"10.0.0.0/8\" or \"192.0.2.7\"";
        let trusted = raw.trusted.iter();
        let trusted = trusted.filter_map(|at| self.findings.network(at, "pike.trusted", fix));
        let trusted = trusted.collect();
        SourceLimits {
            messages_per_second_max: per_second,
            burst_max: self.number(
                "pike.burst_max",
                raw.burst_max.as_ref(),
                0..=1_000_000,
                per_second,
            ),
            work_ms_per_second_max: self.number(
                "pike.work_ms_per_second_max",
                raw.work_ms_per_second_max.as_ref(),
                0..=1_000,
                default.work_ms_per_second_max,
            ),
            ban: Duration::from_secs(seconds),
            sources_max: self.number(
                "pike.sources_max",
                raw.sources_max.as_ref(),
                1_024..=4_194_304,
                default.sources_max,
            ),
            trusted,
        }
    }
}
