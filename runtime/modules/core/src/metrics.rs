//! What GET /metrics shows of messages on their way.

use evroute_module_api::{Metric, MetricKind, Samples, ServerState, unless_none};

use crate::sources::SourceTable;
use crate::tenant_pike::PikeCounts;
use crate::{Core, Ignored, TenantRouting};

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
        "pike_messages_dropped",
        MetricKind::Counter,
        &[],
        "Messages that were not read since their source sent too much",
        |server| of_sources(server, SourceTable::dropped),
    ),
    Metric::new(
        "pike_bans",
        MetricKind::Counter,
        &[],
        "How often a source was banned for sending too much",
        |server| of_sources(server, SourceTable::bans),
    ),
    Metric::new(
        "pike_sources",
        MetricKind::Gauge,
        &[],
        "Sources of which it is known what they sent of late",
        |server| of_sources(server, SourceTable::known),
    ),
    Metric::new(
        "pike_senders_blocked",
        MetricKind::Counter,
        &["tenant", "by"],
        "How often a source or a user was blocked for sending a tenant too much",
        |server| server.by_tenant(|part: &TenantRouting| of_tenant(part, |counts| counts.blocks)),
    ),
    Metric::new(
        "pike_requests_refused",
        MetricKind::Counter,
        &["tenant", "by"],
        "Requests that were dropped or answered 503 since their source or user is blocked",
        |server| server.by_tenant(|part: &TenantRouting| of_tenant(part, |counts| counts.refused)),
    ),
    Metric::new(
        "pike_events_lost",
        MetricKind::Counter,
        &["tenant"],
        "Blocks that no handler was told of since too many waited",
        |server| server.by_tenant(lost),
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

/// 0 where nobody is banned.
fn of_sources(server: &ServerState, get: fn(&SourceTable) -> u64) -> Samples {
    let sources = server.get::<Core>().and_then(|core| core.sources.as_ref());
    vec![(Vec::new(), sources.map_or(0, get))]
}

/// None of what never happened.
fn of_tenant(part: &TenantRouting, get: fn(PikeCounts) -> u64) -> Samples {
    let counts = part.pike.iter().flat_map(|pike| pike.counts());
    let counts = counts.map(|counts| (vec![counts.by.to_owned()], get(counts)));
    counts.filter(|(_, count)| *count > 0).collect()
}

fn lost(part: &TenantRouting) -> Samples {
    let pike = part.pike.as_ref();
    unless_none(pike.map_or(0, |pike| pike.lost()))
}
