//! What GET /metrics asks the parts of the running server for.

use std::sync::Arc;

use evroute_cell::{RunnerCounts, RunnerPool};
use evroute_dispatch::{Admission, Breaker, BreakerReading, BreakerState};
use evroute_journal::{Journal, JournalTotals, TenantJournalTotals};
use evroute_module_api::{MetricFamily, Samples, ServerState};
use evroute_sandbox::{CodeCache, Sandbox};
use evroute_tenant::TenantIndex;
use evroute_transport::{HandshakeTotals, Proto, ProtoTotals, Transport};

use crate::descriptors::Descriptors;
use crate::handlers::{Handlers, TenantHandlers};
use crate::metrics::families;
use crate::modules::MODULES;
use crate::running::ServerContext;
use crate::sip_stack::SipStack;
use crate::tenant_registry::TenantRegistry;
use crate::tenant_starts::TenantStart;
use crate::usage::Usage;
use crate::{Log, Metrics, Status};

/// The protocols that are spoken.
const SPOKEN: [Proto; 5] = Proto::ALL;

/// Those of them that have connections.
const CONNECTED: [Proto; 4] = [Proto::Tcp, Proto::Tls, Proto::Ws, Proto::Wss];

/// One of the totals of a protocol.
type Total = fn(&ProtoTotals) -> u64;

/// One of the numbers of a tenant's lane.
type LaneNumber = fn(&Admission) -> u64;

fn number(number: usize) -> u64 {
    u64::try_from(number).unwrap_or(u64::MAX)
}

/// The process itself: from the first moment on.
pub(crate) fn of_process(metrics: &Metrics, status: &Arc<Status>, log: &Log) {
    let status = Arc::clone(status);
    metrics.read_one(families::START_TIME, move || status.started_seconds());
    let log = log.clone();
    let of_tenants = log.clone();
    metrics.read_one(families::LOG_LINES_DROPPED, move || log.dropped());
    metrics.read(families::LOG_LINES_RATE_LIMITED, move || {
        let dropped = of_tenants.dropped_of_tenants().into_iter();
        dropped
            .map(|(tenant, lines)| (vec![tenant], lines))
            .collect()
    });
}

/// What one breaker adds to a number of its handler.
type BreakerNumber = fn(&BreakerReading) -> u64;

/// The breakers of the handlers in force; those that never opened are not on the page.
pub(crate) fn of_breakers(metrics: &Metrics, handlers: &Arc<Handlers>) {
    let numbers: [(MetricFamily, BreakerNumber); 3] = [
        (families::BREAKERS_OPEN, |reading| {
            u64::from(reading.state != BreakerState::Closed)
        }),
        (families::BREAKER_OPENINGS, |reading| reading.openings),
        (families::BREAKER_EVENTS, |reading| reading.events_instead),
    ];
    for (family, read) in numbers {
        let handlers = Arc::clone(handlers);
        metrics.read(family, move || breaker_samples(&handlers, read));
    }
}

fn breaker_samples(handlers: &Handlers, read: BreakerNumber) -> Samples {
    let mut samples = Samples::new();
    for (tenant, handler, revisions) in handlers.revisions() {
        let breakers = revisions
            .each()
            .filter_map(|(_, revision)| revision.breaker());
        let readings = breakers.map(Breaker::read);
        let opened: Vec<_> = readings.filter(|reading| reading.openings > 0).collect();
        if !opened.is_empty() {
            samples.push((vec![tenant, handler], opened.iter().map(read).sum()));
        }
    }
    samples
}

/// One of the numbers of the runners of cells.
type RunnerNumber = fn(&RunnerCounts) -> u64;

/// The runners of cells; none of them where the configuration asks for none.
pub(crate) fn of_runners(metrics: &Metrics, runners: Option<&Arc<RunnerPool>>) {
    let numbers: [(MetricFamily, RunnerNumber); 6] = [
        (families::CELL_RUNNERS, |counts| counts.alive),
        (families::CELL_RUNNERS_STARTED, |counts| counts.started),
        (families::CELL_RUNNERS_FAILED, |counts| counts.failed),
        (families::CELL_RUNNERS_BROKEN, |counts| counts.broken),
        (families::CELL_RUNNERS_LATE, |counts| counts.late),
        (families::CELL_RUNS_REFUSED, |counts| counts.refused),
    ];
    for (family, read) in numbers {
        let runners = runners.cloned();
        let counts = move || {
            let counts = runners.as_ref().map(|runners| runners.counts());
            read(&counts.unwrap_or_default())
        };
        metrics.read_one(family, counts);
    }
}

/// Sockets, transactions and messages.
pub(crate) fn of_sip(metrics: &Metrics, sip: &SipStack) {
    let transport = sip.transport.clone();
    let panics = move || transport.counters().receiver_panics();
    metrics.read_one(families::RECEIVER_PANICS, panics);
    let numbers: [(MetricFamily, Total); 6] = [
        (families::MESSAGES_RECEIVED, |totals| totals.received),
        (families::MESSAGES_SENT, |totals| totals.sent),
        (families::RECEIVED_BYTES, |totals| totals.received_bytes),
        (families::SENT_BYTES, |totals| totals.sent_bytes),
        (families::KEEP_ALIVES, |totals| totals.keep_alives),
        (families::TRANSPORT_ERRORS, |totals| totals.errors),
    ];
    for (family, read) in numbers {
        of_protocols(metrics, &sip.transport, family, &SPOKEN, read);
    }
    let receive_dropped: Total = |totals| totals.receive_dropped;
    of_protocols(
        metrics,
        &sip.transport,
        families::RECEIVE_DROPPED,
        &[Proto::Udp],
        receive_dropped,
    );
    let numbers: [(MetricFamily, Total); 3] = [
        (families::CONNECTIONS, |totals| totals.connections),
        (families::CONNECTIONS_OPENED, |totals| totals.opened),
        (families::CONNECTIONS_REFUSED, |totals| totals.refused),
    ];
    for (family, read) in numbers {
        of_protocols(metrics, &sip.transport, family, &CONNECTED, read);
    }
    of_handshakes(metrics, &sip.transport);
    of_http(metrics, &sip.transport);
    of_stun(metrics, &sip.transport);
    let transport = sip.transport.clone();
    metrics.read_one(families::CONNECTIONS_EVICTED, move || {
        transport.connections_evicted()
    });
    let transport = sip.transport.clone();
    metrics.read(families::MESSAGES_DROPPED, move || {
        let drops = |proto: Proto| {
            let totals = transport.counters().totals(proto);
            let no_place = totals.undialled;
            let no_room = totals.dropped.saturating_sub(totals.refused + no_place);
            let sample = |reason: &str, number| (vec![label(proto), reason.to_owned()], number);
            [
                sample("queue-full", no_room),
                sample("too-many-connections", no_place),
            ]
        };
        SPOKEN.into_iter().flat_map(drops).collect()
    });
}

/// What became of STUN.
fn of_stun(metrics: &Metrics, transport: &Transport) {
    let transport = transport.clone();
    metrics.read(families::STUN_MESSAGES, move || {
        let totals = transport.counters().totals(Proto::Udp);
        let sample = |outcome: &str, number| (vec![outcome.to_owned()], number);
        vec![
            sample("answered", totals.stun_answered),
            sample("refused", totals.stun_refused),
            sample("dropped", totals.stun_dropped),
        ]
    });
}

/// What became of HTTP, by what it came over.
fn of_http(metrics: &Metrics, transport: &Transport) {
    let transport = transport.clone();
    metrics.read(families::HTTP_REQUESTS, move || {
        let of = |proto: Proto| {
            let totals = transport.counters().totals(proto);
            let sample = |outcome: &str, number| (vec![label(proto), outcome.to_owned()], number);
            [
                sample("websocket", totals.http_upgraded),
                sample("answered", totals.http_answered),
                sample("refused", totals.http_refused),
            ]
        };
        [Proto::Tcp, Proto::Tls].into_iter().flat_map(of).collect()
    });
}

/// How handshakes of TLS ended.
fn of_handshakes(metrics: &Metrics, transport: &Transport) {
    let transport = transport.clone();
    metrics.read(families::TLS_HANDSHAKES, move || {
        let handshakes = transport.counters().totals(Proto::Tls).handshakes;
        let HandshakeTotals {
            done,
            failed,
            late,
            evicted,
            dropped,
        } = handshakes;
        let outcomes = [
            ("done", done),
            ("failed", failed),
            ("late", late),
            ("evicted", evicted),
            ("dropped", dropped),
        ];
        let sample =
            |(outcome, number): (&str, u64)| (vec![label(Proto::Tls), outcome.to_owned()], number);
        outcomes.into_iter().map(sample).collect()
    });
}

/// What modules show.
pub(crate) fn of_modules(metrics: &Metrics, server: &Arc<ServerState>) {
    for metric in MODULES.iter().flat_map(|module| module.metrics()) {
        let server = Arc::clone(server);
        metrics.read(metric.family, move || (metric.read)(&server));
    }
}

fn of_protocols(
    metrics: &Metrics,
    transport: &Transport,
    family: MetricFamily,
    protocols: &'static [Proto],
    read: Total,
) {
    let transport = transport.clone();
    metrics.read(family, move || {
        let sample = |proto: &Proto| {
            let totals = transport.counters().totals(*proto);
            (vec![label(*proto)], read(&totals))
        };
        protocols.iter().map(sample).collect()
    });
}

fn label(proto: Proto) -> String {
    proto.to_string().to_ascii_lowercase()
}

/// How many files of tenants cannot be used.
pub(crate) fn of_registry(metrics: &Metrics, registry: &Arc<TenantRegistry>) {
    let registry = Arc::clone(registry);
    metrics.read_one(families::TENANT_FILES_BROKEN, move || {
        number(registry.broken().len())
    });
}

/// What tenants may have open.
pub(crate) fn of_descriptors(metrics: &Metrics, descriptors: &Arc<Descriptors>) {
    let of_tenants = Arc::clone(descriptors);
    metrics.read_one(families::DESCRIPTORS_FOR_TENANTS, move || {
        of_tenants.for_tenants()
    });
    let reserved = Arc::clone(descriptors);
    metrics.read_one(families::DESCRIPTORS_RESERVED, move || reserved.reserved());
}

/// What tenants used.
pub(crate) fn of_usage(metrics: &Metrics, usage: &Arc<Usage>) {
    let usage = Arc::clone(usage);
    metrics.read_one(families::USAGE_WRITE_FAILURES, move || usage.failures());
}

/// One of the numbers of the whole journal.
type JournalTotal = fn(&JournalTotals) -> u64;

/// One of the numbers of a tenant's journal.
type JournalNumber = fn(&TenantJournalTotals) -> u64;

/// What modules keep beyond the server's end.
pub(crate) fn of_journal(metrics: &Metrics, journal: &Arc<Journal>) {
    let totals: [(MetricFamily, JournalTotal); 3] = [
        (families::JOURNAL_COMMITS, |totals| totals.commits),
        (families::JOURNAL_CHANGES, |totals| totals.changes),
        (families::JOURNAL_FAILURES, |totals| totals.failures),
    ];
    for (family, read) in totals {
        let journal = Arc::clone(journal);
        metrics.read_one(family, move || read(&journal.totals()));
    }
    let numbers: [(MetricFamily, JournalNumber); 3] = [
        (families::JOURNAL_QUEUED_BYTES, |totals| totals.queued_bytes),
        (families::JOURNAL_BYTES, |totals| totals.kept_bytes),
        (families::JOURNAL_REFUSED, |totals| totals.refused),
    ];
    for (family, read) in numbers {
        let journal = Arc::clone(journal);
        metrics.read(family, move || {
            let tenants = journal.tenant_totals().into_iter();
            let sample = |totals: TenantJournalTotals| {
                let number = read(&totals);
                (vec![totals.tenant], number)
            };
            tenants.map(sample).collect()
        });
    }
}

/// Which tenants are served.
pub(crate) fn of_starts(metrics: &Metrics, context: &ServerContext) {
    let starts = Arc::clone(&context.starts);
    metrics.read(families::TENANT_SERVED, move || {
        let sample = |(index, tenant): (TenantIndex, Arc<TenantStart>)| {
            (vec![tenant.id.to_string()], starts.is_served(index).into())
        };
        starts.all().into_iter().map(sample).collect()
    });
}

/// Compiled code.
fn show_code(metrics: &Metrics, sandbox: &Arc<Sandbox>) {
    let held = Arc::clone(sandbox);
    metrics.read_one(families::COMPONENTS_HELD, move || {
        u64::try_from(held.components_held()).unwrap_or(u64::MAX)
    });
    let rejected = Arc::clone(sandbox);
    metrics.read_one(families::CODE_REJECTED, move || {
        let rejected = rejected.code_cache().map_or(0, CodeCache::rejected);
        u64::try_from(rejected).unwrap_or(u64::MAX)
    });
}

/// Each tenant's runs.
pub(crate) fn of_runs(metrics: &Metrics, handlers: &Arc<Handlers>, sandbox: &Arc<Sandbox>) {
    let runs = Arc::clone(sandbox);
    metrics.read_one(families::RUNS_IN_FLIGHT, move || runs.runs());
    let kept = Arc::clone(sandbox);
    metrics.read_one(families::INSTANCES_POOLED, move || {
        u64::try_from(kept.instances_pooled()).unwrap_or(u64::MAX)
    });
    show_code(metrics, sandbox);
    let lanes: [(MetricFamily, LaneNumber); 3] = [
        (families::LANE_RUNNING, |lane| number(lane.running())),
        (families::LANE_WAITING, |lane| number(lane.waiting())),
        (families::RUNS_THROTTLED, Admission::throttled),
    ];
    for (family, read) in lanes {
        let handlers = Arc::clone(handlers);
        metrics.read(family, move || {
            let tenants = handlers.all().into_iter();
            let sample = |(_, tenant): (TenantIndex, Arc<TenantHandlers>)| {
                (vec![tenant.config.id.to_string()], read(&tenant.admission))
            };
            tenants.map(sample).collect()
        });
    }
}
