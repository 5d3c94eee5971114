//! What GET /metrics asks the parts of the running server for.

use std::sync::Arc;

use evroute_dispatch::{Admission, CpuBudget};
use evroute_module_core::Ignored;
use evroute_module_sql::{Database, SqlTenant};
use evroute_module_usrloc::LocationTable;
use evroute_sandbox::Sandbox;
use evroute_tenant::TenantIndex;
use evroute_transport::{Proto, ProtoTotals, Transport};

use crate::metrics::{MetricFamily, Samples, families};
use crate::sip_stack::SipStack;
use crate::{Config, Log, Metrics, Status, TenantStarts};

/// The protocols that are spoken.
const SPOKEN: [Proto; 2] = [Proto::Udp, Proto::Tcp];

/// One of the totals of a protocol.
type Total = fn(&ProtoTotals) -> u64;

/// One of the numbers of a tenant's lane.
type LaneNumber = fn(&Admission) -> usize;

/// One of the totals of a database.
type DatabaseTotal = fn(&Database) -> u64;

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

/// Sockets, transactions and messages.
pub(crate) fn of_sip(metrics: &Metrics, sip: &SipStack) {
    let (layer, core) = (Arc::clone(&sip.layer), Arc::clone(&sip.core));
    let ignoring = Arc::clone(&core);
    metrics.read(families::MESSAGES_IGNORED, move || {
        let sample = |reason: Ignored| (vec![reason.as_str().to_owned()], ignoring.ignored(reason));
        Ignored::ALL.into_iter().map(sample).collect()
    });
    let unread = Arc::clone(&core);
    metrics.read_one(families::MESSAGES_MALFORMED, move || unread.unreadable());
    let crowded = Arc::clone(&core);
    metrics.read_one(families::MESSAGES_QUEUE_FULL, move || crowded.crowded_out());
    metrics.read_one(families::MAX_BREADTH_EXCEEDED, move || core.too_broad());
    let live = Arc::clone(&layer);
    metrics.read_one(families::TRANSACTIONS, move || number(live.len()));
    let tasks = layer.tasks().clone();
    metrics.read_one(families::TASKS_WAITING, move || number(tasks.waiting()));
    metrics.read_one(families::WITHOUT_KEY, move || layer.requests_without_key());
    let (identity, tenants) = (Arc::clone(&sip.identity), sip.tenants.clone());
    metrics.read(families::DESTINATIONS_REFUSED, move || {
        let names = tenants.iter().map(|name| vec![name.clone()]);
        names.zip(identity.refused_destinations()).collect()
    });
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
    let numbers: [(MetricFamily, Total); 3] = [
        (families::CONNECTIONS, |totals| totals.connections),
        (families::CONNECTIONS_OPENED, |totals| totals.opened),
        (families::CONNECTIONS_REFUSED, |totals| totals.refused),
    ];
    for (family, read) in numbers {
        of_protocols(metrics, &sip.transport, family, &[Proto::Tcp], read);
    }
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

/// Which tenants are served.
pub(crate) fn of_starts(metrics: &Metrics, config: &Config, starts: &Arc<TenantStarts>) {
    let tenants = config.tenants.iter();
    let tenants: Vec<_> = tenants
        .map(|tenant| (tenant.id.to_string(), tenant.index))
        .collect();
    let starts = Arc::clone(starts);
    metrics.read(families::TENANT_SERVED, move || {
        let sample = |(name, index): &(String, TenantIndex)| {
            (vec![name.clone()], starts.is_served(*index).into())
        };
        tenants.iter().map(sample).collect()
    });
}

/// Each tenant's runs, databases and contacts. All in the order of the configuration.
pub(crate) struct TenantReadings {
    pub(crate) admissions: Vec<Arc<Admission>>,
    pub(crate) databases: Vec<Arc<SqlTenant>>,
    pub(crate) contacts: Vec<(TenantIndex, Arc<LocationTable>)>,
}

impl TenantReadings {
    /// Shows them.
    pub(crate) fn show(self, metrics: &Metrics, config: &Config, sandbox: &Arc<Sandbox>) {
        let runs = Arc::clone(sandbox);
        metrics.read_one(families::RUNS_IN_FLIGHT, move || runs.runs());
        let kept = Arc::clone(sandbox);
        metrics.read_one(families::INSTANCES_POOLED, move || {
            u64::try_from(kept.instances_pooled()).unwrap_or(u64::MAX)
        });
        let names: Vec<_> = config
            .tenants
            .iter()
            .map(|tenant| tenant.id.to_string())
            .collect();
        let admissions: Vec<_> = names.iter().cloned().zip(self.admissions).collect();
        let lanes: [(MetricFamily, LaneNumber); 2] = [
            (families::LANE_RUNNING, Admission::running),
            (families::LANE_WAITING, Admission::waiting),
        ];
        for (family, read) in lanes {
            let admissions = admissions.clone();
            metrics.read(family, move || {
                let sample = |(name, lane): &(String, Arc<Admission>)| {
                    (vec![name.clone()], number(read(lane)))
                };
                admissions.iter().map(sample).collect()
            });
        }
        metrics.read(families::RUNS_THROTTLED, move || {
            let sample = |(name, lane): &(String, Arc<Admission>)| {
                (
                    vec![name.clone()],
                    lane.budget().map_or(0, CpuBudget::throttled),
                )
            };
            admissions.iter().map(sample).collect()
        });
        let databases: Vec<_> = names.iter().cloned().zip(self.databases).collect();
        let totals: [(MetricFamily, DatabaseTotal); 2] = [
            (families::DATABASE_REPLACED, Database::connections_replaced),
            (families::DATABASE_REFUSED, Database::writes_refused),
        ];
        for (family, read) in totals {
            let databases = databases.clone();
            metrics.read(family, move || of_databases(&databases, read));
        }
        metrics.read(families::DATABASE_CONNECTIONS, move || {
            databases.iter().flat_map(pools).collect()
        });
        let contacts = self
            .contacts
            .into_iter()
            .filter_map(|(index, table)| Some((names.get(index.position())?.clone(), table)));
        let contacts: Vec<_> = contacts.collect();
        metrics.read(families::CONTACTS, move || {
            let sample = |(name, table): &(String, Arc<LocationTable>)| {
                (vec![name.clone()], number(table.len()))
            };
            contacts.iter().map(sample).collect()
        });
    }
}

/// What has happened to a database; those to which nothing has are left out.
fn of_databases(databases: &[(String, Arc<SqlTenant>)], read: DatabaseTotal) -> Samples {
    let of_tenant = |(tenant, databases): &(String, Arc<SqlTenant>)| {
        let sample = |database: &Arc<Database>| {
            (
                vec![tenant.clone(), database.label().to_owned()],
                read(database),
            )
        };
        let samples = databases.all().map(sample);
        samples.filter(|(_, total)| *total > 0).collect::<Vec<_>>()
    };
    databases.iter().flat_map(of_tenant).collect()
}

fn pools((tenant, databases): &(String, Arc<SqlTenant>)) -> Samples {
    let pool = |database: &Arc<Database>| {
        let (open, used) = database.connections();
        let sample = |state: &str, connections| {
            let labels = [tenant.as_str(), database.label(), state];
            (labels.map(str::to_owned).to_vec(), number(connections))
        };
        [
            sample("used", used),
            sample("idle", open.saturating_sub(used)),
        ]
    };
    databases.all().flat_map(pool).collect()
}
