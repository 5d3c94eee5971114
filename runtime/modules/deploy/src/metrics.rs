//! What GET /metrics shows of these events.

use evroute_module_api::{Metric, MetricKind, unless_none};

use crate::DeployTenant;

/// This module's rows.
pub(crate) const ROWS: &[Metric] = &[Metric::new(
    "deploy_events_lost",
    MetricKind::Counter,
    &["tenant"],
    "Changes of handlers that no handler was asked about, since too many events waited",
    |server| server.by_tenant(|part: &DeployTenant| unless_none(part.lost())),
)];
