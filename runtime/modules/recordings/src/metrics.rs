//! What GET /metrics shows of recordings.

use std::sync::atomic::{AtomicU64, Ordering};

use evroute_module_api::{Metric, MetricKind, Samples, ServerState};

use crate::Recordings;
use crate::recordings::Counts;

/// This module's rows.
pub(crate) const ROWS: &[Metric] = &[
    Metric::new(
        "recordings_written",
        MetricKind::Counter,
        &["tenant"],
        "Runs that were written as recordings",
        |server| of_each(server, |counts| &counts.written),
    ),
    Metric::new(
        "recordings_missed",
        MetricKind::Counter,
        &["tenant", "reason"],
        "Runs that were to be recorded and were not, by reason: rate, queue, size, disk or redaction",
        missed,
    ),
    Metric::new(
        "recordings_bytes",
        MetricKind::Gauge,
        &["tenant"],
        "Bytes that the recordings of a tenant take, in blocks of 4 KiB",
        |server| of_each(server, |counts| &counts.bytes),
    ),
];

fn of_each(server: &ServerState, read: fn(&Counts) -> &AtomicU64) -> Samples {
    server.by_tenant(|tenant: &Recordings| {
        let count = read(&tenant.shared().counts);
        vec![(Vec::new(), count.load(Ordering::Relaxed))]
    })
}

/// A reason that did not come up is left out.
fn missed(server: &ServerState) -> Samples {
    server.by_tenant(|tenant: &Recordings| {
        let counts = &tenant.shared().counts;
        let reasons = [
            ("rate", &counts.rate),
            ("queue", &counts.queue),
            ("size", &counts.size),
            ("disk", &counts.disk),
            ("redaction", &counts.redaction),
        ];
        let samples =
            reasons.map(|(reason, count)| (vec![reason.to_owned()], count.load(Ordering::Relaxed)));
        samples
            .into_iter()
            .filter(|(_, count)| *count > 0)
            .collect()
    })
}
