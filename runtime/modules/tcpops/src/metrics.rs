//! What GET /metrics shows of connections that are gone.

use evroute_module_api::{Metric, MetricKind, unless_none};

use crate::TcpopsTenant;

/// This module's rows.
pub(crate) const ROWS: &[Metric] = &[Metric::new(
    "tcp_events_lost",
    MetricKind::Counter,
    &["tenant"],
    "Connections that were closed, of which no handler was told since too many waited",
    |server| server.by_tenant(|part: &TcpopsTenant| unless_none(part.closed.lost())),
)];
