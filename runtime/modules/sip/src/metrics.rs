//! What GET /metrics shows of messages as handlers hold them.

use evroute_module_api::{Metric, MetricKind, unless_none};

use crate::SipTenant;

/// This module's rows.
pub(crate) const ROWS: &[Metric] = &[Metric::new(
    "reply_fields_refused",
    MetricKind::Counter,
    &["tenant"],
    "Header fields and bodies that handlers could not add to an answer",
    |server| server.by_tenant(|part: &SipTenant| unless_none(part.replies_refused())),
)];
