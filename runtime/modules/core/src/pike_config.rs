//! `[tenant.pike]`.

use std::time::Duration;

use evroute_module_api::config::{At, TenantSections};
use serde::Deserialize;

use crate::TenantPikeLimits;

/// `[tenant.pike]` as it is written.
#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct RawPike {
    requests_per_second_max: Option<At<i64>>,
    burst_max: Option<At<i64>>,
    user_requests_per_second_max: Option<At<i64>>,
    user_burst_max: Option<At<i64>>,
    ban_seconds: Option<At<i64>>,
    senders_max: Option<At<i64>>,
    #[serde(default)]
    trusted: Vec<At<String>>,
}

/// Reads and checks the tenant's section; nobody is blocked where there is none.
pub(crate) fn read(sections: &mut TenantSections<'_>) -> TenantPikeLimits {
    let raw: RawPike = sections.one("pike");
    let events_queued_max = sections.quota.events_queued_max;
    let check = &mut *sections.findings;
    let fix = "write \"10.0.0.0/8\" or \"192.0.2.7\"";
    let trusted = raw.trusted.iter();
    let trusted = trusted.filter_map(|at| check.network(at, "tenant.pike.trusted", fix));
    let trusted = trusted.collect();
    let mut number = |key: &str, written: &Option<At<i64>>, range, default: u32| {
        let key = format!("tenant.pike.{key}");
        check.number(&key, written.as_ref(), range, default)
    };
    let per_second = 0..=1_000_000;
    let requests = number(
        "requests_per_second_max",
        &raw.requests_per_second_max,
        per_second.clone(),
        0,
    );
    let of_user = number(
        "user_requests_per_second_max",
        &raw.user_requests_per_second_max,
        per_second.clone(),
        0,
    );
    let seconds = number("ban_seconds", &raw.ban_seconds, 1..=86_400, 60);
    let senders = number("senders_max", &raw.senders_max, 256..=1_048_576, 4_096);
    TenantPikeLimits {
        requests_per_second_max: requests,
        burst_max: number("burst_max", &raw.burst_max, per_second.clone(), requests),
        user_requests_per_second_max: of_user,
        user_burst_max: number("user_burst_max", &raw.user_burst_max, per_second, of_user),
        ban: Duration::from_secs(seconds.into()),
        senders_max: usize::try_from(senders).unwrap_or(usize::MAX),
        trusted,
        events_queued_max,
    }
}
