//! What GET /metrics shows of custom events.

use evroute_module_api::{Metric, MetricKind, unless_none};

use crate::CustomTenant;

/// This module's rows.
pub(crate) const ROWS: &[Metric] = &[Metric::new(
    "custom_events_refused",
    MetricKind::Counter,
    &["tenant"],
    "Custom events refused since too many waited",
    |server| server.by_tenant(|part: &CustomTenant| unless_none(part.refused())),
)];
