//! What GET /metrics shows of messages on their way.

use evroute_module_api::{Metric, MetricFamily, MetricKind, Samples, ServerState};

use crate::{Core, Ignored};

/// This module's rows.
pub(crate) const ROWS: &[Metric] = &[
    Metric {
        family: MetricFamily {
            name: "sip_messages_ignored",
            kind: MetricKind::Counter,
            labels: &["reason"],
            meaning: "Messages that were neither passed on nor answered, by reason",
        },
        read: |server| {
            let sample = |core: &Core, reason: Ignored| {
                (vec![reason.as_str().to_owned()], core.ignored(reason))
            };
            let core = server.get::<Core>();
            core.map_or_else(Vec::new, |core| {
                Ignored::ALL
                    .into_iter()
                    .map(|reason| sample(core, reason))
                    .collect()
            })
        },
    },
    total(
        "sip_messages_malformed",
        "Messages that could not be read as SIP",
        |server| of_core(server, Core::unreadable),
    ),
    total(
        "sip_messages_queue_full",
        "Messages refused or dropped since too many waited behind one of their dialog whose handler waits",
        |server| of_core(server, Core::crowded_out),
    ),
    total(
        "sip_requests_max_breadth_exceeded",
        "Requests answered 440, their Max-Breadth used up",
        |server| of_core(server, Core::too_broad),
    ),
];

const fn total(
    name: &'static str,
    meaning: &'static str,
    read: fn(&ServerState) -> Samples,
) -> Metric {
    Metric {
        family: MetricFamily {
            name,
            kind: MetricKind::Counter,
            labels: &[],
            meaning,
        },
        read,
    }
}

fn of_core(server: &ServerState, read: fn(&Core) -> u64) -> Samples {
    let core = server.get().into_iter();
    core.map(|core| (Vec::new(), read(core))).collect()
}
