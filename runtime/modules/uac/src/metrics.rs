//! What GET /metrics shows of trunks.

use std::sync::Arc;
use std::time::Instant;

use evroute_module_api::{Metric, MetricKind, Samples};

use crate::TrunkTable;
use crate::trunk::Trunk;

/// This module's rows.
pub(crate) const ROWS: &[Metric] = &[
    Metric::new(
        "trunk_registered",
        MetricKind::Gauge,
        &["tenant", "trunk"],
        "Whether a trunk is registered: 1, or 0",
        |server| server.by_tenant(registered),
    ),
    Metric::new(
        "trunk_registrations",
        MetricKind::Counter,
        &["tenant", "trunk", "outcome"],
        "Attempts to register with a trunk: registered, refused by it, or unanswered",
        |server| server.by_tenant(attempts),
    ),
];

fn registered(table: &TrunkTable) -> Samples {
    let now = Instant::now();
    let sample = |trunk: &Arc<Trunk>| {
        let is_registered = trunk.status().is_registered(now);
        (vec![trunk.config.name.clone()], u64::from(is_registered))
    };
    table.all().map(sample).collect()
}

fn attempts(table: &TrunkTable) -> Samples {
    let samples = |trunk: &Arc<Trunk>| {
        let status = trunk.status();
        let name = trunk.config.name.clone();
        [
            ("registered", status.succeeded),
            ("refused", status.refused),
            ("unanswered", status.unanswered),
        ]
        .map(|(outcome, count)| (vec![name.clone(), outcome.to_owned()], count))
    };
    table.all().flat_map(samples).collect()
}
