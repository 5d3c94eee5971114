//! What GET /metrics shows of tables.

use evroute_module_api::{Metric, MetricKind};

use crate::HtableTenant;

/// This module's rows.
pub(crate) const ROWS: &[Metric] = &[Metric::new(
    "table_writes_denied",
    MetricKind::Counter,
    &["tenant"],
    "Writes to tables and shared variables refused since the grant is for reading only",
    |server| {
        server.by_tenant(|tenant: &HtableTenant| match tenant.writes_denied() {
            0 => Vec::new(),
            denied => vec![(Vec::new(), denied)],
        })
    },
)];
