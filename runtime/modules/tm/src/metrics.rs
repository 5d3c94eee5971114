//! What GET /metrics shows of transactions.

use evroute_identity::LocalIdentity;
use evroute_module_api::{Metric, MetricFamily, MetricKind, Samples, ServerState};
use evroute_transaction_layer::TransactionLayer;

/// This module's rows.
pub(crate) const ROWS: &[Metric] = &[
    row(
        "destinations_refused",
        MetricKind::Counter,
        &["tenant"],
        "Messages not sent, since they would have left the networks of their tenant",
        |server| {
            let names = server
                .tenants
                .iter()
                .map(|tenant| vec![tenant.id.to_string()]);
            let refused = server.get().map(LocalIdentity::refused_destinations);
            names.zip(refused.into_iter().flatten()).collect()
        },
    ),
    row(
        "transactions",
        MetricKind::Gauge,
        &[],
        "Transactions that live, of clients and of servers",
        |server| of_layer(server, |layer| number(layer.len())),
    ),
    row(
        "requests_without_key",
        MetricKind::Counter,
        &[],
        "Requests dropped because nothing in them tells their transaction",
        |server| of_layer(server, TransactionLayer::requests_without_key),
    ),
    row(
        "tasks_waiting",
        MetricKind::Gauge,
        &[],
        "Pieces of work on messages that wait for a handler, a name server or a database",
        |server| of_layer(server, |layer| number(layer.tasks().waiting())),
    ),
];

const fn row(
    name: &'static str,
    kind: MetricKind,
    labels: &'static [&'static str],
    meaning: &'static str,
    read: fn(&ServerState) -> Samples,
) -> Metric {
    Metric {
        family: MetricFamily {
            name,
            kind,
            labels,
            meaning,
        },
        read,
    }
}

fn of_layer(server: &ServerState, read: fn(&TransactionLayer) -> u64) -> Samples {
    let layer = server.get().into_iter();
    layer.map(|layer| (Vec::new(), read(layer))).collect()
}

fn number(number: usize) -> u64 {
    u64::try_from(number).unwrap_or(u64::MAX)
}
