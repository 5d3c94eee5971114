//! What GET /metrics shows of tables.

use evroute_module_api::{Metric, MetricKind, unless_none};

use crate::HtableTenant;

/// This module's rows.
pub(crate) const ROWS: &[Metric] = &[
    Metric::new(
        "table_writes_denied",
        MetricKind::Counter,
        &["tenant"],
        "Writes to tables and shared variables refused since the grant is for reading only",
        |server| server.by_tenant(|part: &HtableTenant| unless_none(part.writes_denied())),
    ),
    Metric::new(
        "table_writes_full",
        MetricKind::Counter,
        &["tenant"],
        "Writes to tables and shared variables refused since there was no room",
        |server| server.by_tenant(|part: &HtableTenant| unless_none(part.writes_full())),
    ),
];
