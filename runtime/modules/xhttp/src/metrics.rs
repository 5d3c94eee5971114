//! What GET /metrics shows of HTTP.

use evroute_module_api::{Metric, MetricKind, Samples, unless_none};

use crate::XhttpTenant;

/// This module's rows.
pub(crate) const ROWS: &[Metric] = &[
    Metric::new(
        "xhttp_refused",
        MetricKind::Counter,
        &["tenant", "limit"],
        "Requests of HTTP that met a limit of [tenant.xhttp], or whose answers did",
        |server| server.by_tenant(refused),
    ),
    Metric::new(
        "xhttp_requests_under_way",
        MetricKind::Gauge,
        &["tenant"],
        "Requests of HTTP that were admitted and are not answered yet",
        |server| server.by_tenant(under_way),
    ),
    Metric::new(
        "websocket_events_lost",
        MetricKind::Counter,
        &["tenant"],
        "WebSockets that were closed, of whom no handler was told since too many waited",
        |server| server.by_tenant(|part: &XhttpTenant| unless_none(part.closed.lost())),
    ),
];

/// None of limits that were never met.
fn refused(part: &XhttpTenant) -> Samples {
    let met = part.counts().filter(|(_, count)| *count > 0);
    met.map(|(limit, count)| (vec![limit.key().to_owned()], count))
        .collect()
}

fn under_way(part: &XhttpTenant) -> Samples {
    let requests = u64::try_from(part.under_way()).unwrap_or(u64::MAX);
    vec![(Vec::new(), requests)]
}
