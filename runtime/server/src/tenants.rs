//! What modules keep for each tenant, from its configuration.

use std::sync::Arc;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use evroute_module_api::TenantState;
use evroute_module_custom::{CustomTenant, Queue, Queued};
use evroute_module_htable::{HtableTenant, ShvConfig, TableConfig, TotalConfig};
use evroute_module_log::{LogSink, LogTenant};
use evroute_module_sip::SipTenant;
use evroute_module_sql::{DatabaseConfig, DatabaseFiles, DatabaseUrl, OpenError, SqlTenant};
use evroute_tenant::{RunTime, TenantId};
use tokio::sync::mpsc::Receiver;
use tokio::task::JoinSet;
use tokio::time::timeout;

use crate::{Config, Log, StartError, TenantConfig};

/// One tenant, and the parts of it that background work and RPC need.
pub(crate) struct Tenant {
    pub(crate) id: TenantId,
    pub(crate) state: Arc<TenantState>,
    pub(crate) tables: Arc<HtableTenant>,
    pub(crate) databases: Arc<SqlTenant>,
    /// Until somebody takes them.
    pub(crate) raised: Option<Receiver<Queued>>,
    /// Why its databases cannot be used; the tenant does not start then.
    pub(crate) unopened: Option<String>,
}

/// Builds every tenant, in the order of their indices.
pub(crate) async fn build(config: &Config, log: &Log) -> Result<Vec<Tenant>, StartError> {
    let mut tenants = Vec::with_capacity(config.tenants.len());
    for tenant in &config.tenants {
        let limit = config.server.tenant_start;
        let (databases, unopened) = match timeout(limit, databases(tenant)).await {
            Ok(Ok(databases)) => (databases, None),
            Ok(Err(error)) => (SqlTenant::of(Vec::new()), Some(error.to_string())),
            Err(_) => {
                let why = format!(
                    "its databases were not open after {} s, which tenant_start_seconds_max in [server] sets",
                    limit.as_secs()
                );
                (SqlTenant::of(Vec::new()), Some(why))
            }
        };
        let log_sink = log.log_sink(tenant.id.as_str(), tenant.quota.log_bytes_per_second_max);
        tenants.push(Tenant {
            unopened,
            ..with_databases(config, tenant, log_sink, databases)
        });
    }
    check_files(config)?;
    Ok(tenants)
}

/// A tenant none of whose databases is open. Its handlers can be tried, but not run.
pub(crate) fn without_databases(
    config: &Config,
    tenant: &TenantConfig,
    log_sink: &Arc<dyn LogSink>,
) -> Tenant {
    let databases = SqlTenant::of(Vec::new());
    with_databases(config, tenant, Arc::clone(log_sink), databases)
}

/// One line per module that keeps something.
fn with_databases(
    config: &Config,
    tenant: &TenantConfig,
    log_sink: Arc<dyn LogSink>,
    databases: SqlTenant,
) -> Tenant {
    let events = usize::try_from(tenant.quota.events_queued_max).unwrap_or(usize::MAX);
    let (queue, raised) = Queue::new(events);
    let tables = Arc::new(tables(tenant));
    let databases = Arc::new(databases);
    let mut state = TenantState::new(tenant.id.clone(), tenant.index)
        .with(Arc::new(LogTenant { log_sink }))
        .with(Arc::clone(&tables))
        .with(Arc::clone(&databases))
        .with(Arc::new(SipTenant::started_at(now_seconds())))
        .with(Arc::new(CustomTenant { queue }))
        .with(Arc::new(tenant.networks.clone()));
    // A tenant that is alone has nobody to share with.
    if config.tenants.len() > 1 {
        let per_second = Duration::from_millis(tenant.quota.run_ms_per_second_max.into());
        state = state.with(Arc::new(RunTime::new(per_second, Instant::now())));
    }
    let state = Arc::new(state);
    for database in databases.all() {
        let state = Arc::downgrade(&state);
        database.charge_to(move |took| {
            if let Some(state) = state.upgrade() {
                state.charge_run_time(took);
            }
        });
    }
    Tenant {
        id: tenant.id.clone(),
        state,
        tables,
        databases,
        raised: Some(raised),
        unopened: None,
    }
}

/// Seconds since 1970.
fn now_seconds() -> i64 {
    let now = SystemTime::now().duration_since(UNIX_EPOCH);
    now.ok()
        .and_then(|now| i64::try_from(now.as_secs()).ok())
        .unwrap_or_default()
}

/// The configuration was checked for tenants that share a file; once all files are there, no
/// spelling hides one.
fn check_files(config: &Config) -> Result<(), StartError> {
    let mut files: Vec<(&TenantConfig, DatabaseFiles)> = Vec::new();
    for tenant in &config.tenants {
        for database in &tenant.databases {
            let crate::DatabaseUrl::SqliteFile(path) = &database.url else {
                continue;
            };
            let these = DatabaseFiles::of(path);
            let other = files
                .iter()
                .find(|(other, files)| other.index != tenant.index && files.meets(&these));
            if let Some((other, _)) = other {
                let why = format!(
                    "database {:?}: {} is a file of tenant {:?} already; give each tenant a \
                     file of its own",
                    database.name,
                    path.display(),
                    other.id.as_str()
                );
                let tenant = tenant.id.to_string();
                return Err(StartError::Tenant { tenant, why });
            }
            files.push((tenant, these));
        }
    }
    Ok(())
}

/// Closes the databases of all tenants, side by side: one that hangs does not keep the others from
/// their last write. To be called when no run is left.
pub(crate) async fn close(databases: Vec<Arc<SqlTenant>>) {
    let mut closing = JoinSet::new();
    for databases in databases {
        closing.spawn(async move { databases.close().await });
    }
    closing.join_all().await;
}

fn tables(tenant: &TenantConfig) -> HtableTenant {
    let quota = &tenant.quota;
    let total = TotalConfig {
        entries_max: quota.table_entries_max,
        bytes_max: quota.table_bytes_max,
    };
    let shared = ShvConfig {
        entries_max: quota.shv_entries_max,
        bytes_max: quota.shv_bytes_max,
    };
    let table = |table: &crate::TableConfig| TableConfig {
        name: table.name.clone(),
        expire_seconds: table.expire_seconds,
        entries_max: table.entries_max,
        bytes_max: quota.table_bytes_max,
    };
    HtableTenant::with_total(tenant.tables.iter().map(table).collect(), total, shared)
}

async fn databases(tenant: &TenantConfig) -> Result<SqlTenant, OpenError> {
    let database = |database: &crate::DatabaseConfig| DatabaseConfig {
        label: database.name.clone(),
        url: match &database.url {
            crate::DatabaseUrl::SqliteFile(path) => DatabaseUrl::SqliteFile(path.clone()),
            crate::DatabaseUrl::SqliteMemory => DatabaseUrl::SqliteMemory,
            crate::DatabaseUrl::Postgres(url) => DatabaseUrl::Postgres(url.clone()),
        },
        connections_max: database.connections_max,
        deadline: database.deadline,
        rows_max: database.result_rows_max,
        result_bytes_max: DatabaseConfig::RESULT_BYTES_MAX_DEFAULT,
        bytes_max: database.bytes_max,
    };
    let configs: Vec<_> = tenant.databases.iter().map(database).collect();
    SqlTenant::new(tenant.id.as_str(), &configs).await
}
