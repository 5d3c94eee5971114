//! What GET /metrics shows of authentication.

use evroute_module_api::{Metric, MetricKind, Samples, unless_none};

use crate::{AuthResult, AuthTenant};

/// This module's rows.
pub(crate) const ROWS: &[Metric] = &[
    Metric::new(
        "auth_requests",
        MetricKind::Counter,
        &["tenant", "result"],
        "Requests whose sender had to show who he is, by what came of it",
        |server| server.by_tenant(results),
    ),
    Metric::new(
        "auth_nonces",
        MetricKind::Gauge,
        &["tenant"],
        "Nonces that were used and whose counts are remembered",
        |server| server.by_tenant(|part: &AuthTenant| one(part.nonces_remembered())),
    ),
    Metric::new(
        "auth_failures_tracked",
        MetricKind::Gauge,
        &["tenant"],
        "Pairs of source and user whose wrong passwords are counted",
        |server| server.by_tenant(|part: &AuthTenant| one(part.failed.tracked())),
    ),
    Metric::new(
        "auth_events_lost",
        MetricKind::Counter,
        &["tenant"],
        "Users that were not authenticated, of whom no handler was told since too many waited",
        |server| server.by_tenant(|part: &AuthTenant| unless_none(part.reports.lost())),
    ),
    Metric::new(
        "auth_subscribers",
        MetricKind::Gauge,
        &["tenant"],
        "Subscribers with a password",
        |server| server.by_tenant(subscribers),
    ),
];

fn results(part: &AuthTenant) -> Samples {
    let sample = |result: AuthResult| (vec![result.as_str().to_owned()], part.counts().get(result));
    AuthResult::ALL.into_iter().map(sample).collect()
}

/// None of those that are elsewhere.
fn subscribers(part: &AuthTenant) -> Samples {
    let kept = part.store().kept();
    kept.map_or_else(|_| Vec::new(), |kept| one(kept.len()))
}

fn one(number: usize) -> Samples {
    vec![(Vec::new(), u64::try_from(number).unwrap_or(u64::MAX))]
}
