//! What GET /metrics shows of messages on their way.

use evroute_module_api::{Metric, MetricKind};

use crate::{Core, Ignored};

/// This module's rows.
pub(crate) const ROWS: &[Metric] = &[
    Metric::new(
        "sip_messages_ignored",
        MetricKind::Counter,
        &["reason"],
        "Messages that were neither passed on nor answered, by reason",
        |server| {
            let sample = |core: &Core, reason: Ignored| {
                (vec![reason.as_str().to_owned()], core.ignored(reason))
            };
            let core = server.get::<Core>();
            core.map_or_else(Vec::new, |core| {
                Ignored::ALL
                    .into_iter()
                    .map(|reason| sample(core, reason))
                    .collect()
            })
        },
    ),
    Metric::new(
        "sip_messages_malformed",
        MetricKind::Counter,
        &[],
        "Messages that could not be read as SIP",
        |server| server.one(Core::unreadable),
    ),
    Metric::new(
        "sip_messages_queue_full",
        MetricKind::Counter,
        &[],
        "Messages refused or dropped since too many waited behind one of their dialog whose handler waits",
        |server| server.one(Core::crowded_out),
    ),
    Metric::new(
        "sip_requests_max_breadth_exceeded",
        MetricKind::Counter,
        &[],
        "Requests answered 440, their Max-Breadth used up",
        |server| server.one(Core::too_broad),
    ),
    Metric::new(
        "sip_requests_route_refused",
        MetricKind::Counter,
        &[],
        "Requests refused since the route that they asked for is not for their sender",
        |server| server.one(Core::routes_refused),
    ),
];
