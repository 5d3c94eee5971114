//! What GET /metrics shows of transactions.

use evroute_identity::LocalIdentity;
use evroute_module_api::{Metric, MetricKind, Samples, ServerState};
use evroute_tenant::OutgoingRate;
use evroute_transaction_layer::TransactionLayer;

/// This module's rows.
pub(crate) const ROWS: &[Metric] = &[
    Metric::new(
        "destinations_refused",
        MetricKind::Counter,
        &["tenant"],
        "Messages not sent, since they would have left the networks of their tenant",
        |server| {
            let refused = server.get().map(LocalIdentity::refused_destinations);
            let refused = refused.into_iter().flatten();
            refused
                .map(|(tenant, refused)| (vec![tenant.to_string()], refused))
                .collect()
        },
    ),
    Metric::new(
        "outgoing_requests",
        MetricKind::Counter,
        &["tenant"],
        "Requests that left for a tenant: its callers' and the server's own, each branch for itself",
        |server| outgoing(server, OutgoingRate::requests),
    ),
    Metric::new(
        "outgoing_requests_refused",
        MetricKind::Counter,
        &["tenant"],
        "Requests not sent, since their tenant was over outgoing_requests_per_second_max",
        |server| outgoing(server, OutgoingRate::requests_refused),
    ),
    Metric::new(
        "transactions",
        MetricKind::Gauge,
        &[],
        "Transactions that live, of clients and of servers",
        |server| server.one(|layer: &TransactionLayer| number(layer.len())),
    ),
    Metric::new(
        "requests_without_key",
        MetricKind::Counter,
        &[],
        "Requests dropped because nothing in them tells their transaction",
        |server| server.one(TransactionLayer::requests_without_key),
    ),
    Metric::new(
        "tasks_waiting",
        MetricKind::Gauge,
        &[],
        "Pieces of work on messages that wait for a handler, a name server or a database",
        |server| server.one(|layer: &TransactionLayer| number(layer.tasks().waiting())),
    ),
];

fn outgoing(server: &ServerState, number: fn(&OutgoingRate) -> u64) -> Samples {
    server.by_tenant(|rate| vec![(Vec::new(), number(rate))])
}

fn number(number: usize) -> u64 {
    u64::try_from(number).unwrap_or(u64::MAX)
}
