//! What GET /metrics shows of databases.

use evroute_module_api::{Metric, MetricKind, Samples, ServerState};

use crate::{Database, SqlTenant};

/// This module's rows.
pub(crate) const ROWS: &[Metric] = &[
    Metric::new(
        "database_connections",
        MetricKind::Gauge,
        &["tenant", "database", "state"],
        "Connections of a pool, by state: used or idle",
        |server| server.by_tenant(pools),
    ),
    Metric::new(
        "database_connections_replaced",
        MetricKind::Counter,
        &["tenant", "database"],
        "Connections of an embedded database that did not come back from a statement and were replaced",
        |server| totals(server, Database::connections_replaced),
    ),
    Metric::new(
        "database_writes_refused",
        MetricKind::Counter,
        &["tenant", "database"],
        "Statements refused or ended since an embedded database's log and temporary files had no room left",
        |server| totals(server, Database::writes_refused),
    ),
    Metric::new(
        "database_writes_denied",
        MetricKind::Counter,
        &["tenant", "database"],
        "Statements refused that would have written, since the grant is for reading only",
        |server| totals(server, Database::writes_denied),
    ),
];

/// What has happened to each database; those to which nothing has are left out.
fn totals(server: &ServerState, read: fn(&Database) -> u64) -> Samples {
    server.by_tenant(|tenant: &SqlTenant| {
        let samples = tenant
            .all()
            .map(|database| (vec![database.label().to_owned()], read(database)));
        samples.filter(|(_, total)| *total > 0).collect()
    })
}

fn pools(tenant: &SqlTenant) -> Samples {
    let pool = |database: &std::sync::Arc<Database>| {
        let (open, used) = database.connections();
        let sample = |state: &str, connections: usize| {
            let labels = vec![database.label().to_owned(), state.to_owned()];
            (labels, u64::try_from(connections).unwrap_or(u64::MAX))
        };
        [
            sample("used", used),
            sample("idle", open.saturating_sub(used)),
        ]
    };
    tenant.all().flat_map(pool).collect()
}
