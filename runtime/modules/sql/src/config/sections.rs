//! `[[tenant.database]]`: reading, and opening what it names.

use std::any::Any;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant};

use evroute_module_api::config::{At, Names, TenantSections};
use evroute_module_api::{ModuleConfig, NewTenant, OpenFault, Opening, TenantPart};
use evroute_tenant::RunTime;
use serde::Deserialize;
use tokio::time::timeout;

use super::{DatabaseConfig, DatabaseUrl};
use crate::{DatabaseFiles, SqlTenant};

/// What one connection to a database takes: SQLite keeps the file, its log and the log's index
/// open, and the system's counters of its thread and a temporary file are, too.
const PER_CONNECTION: u64 = 5;

/// A tenant's databases.
#[derive(Clone, PartialEq, Debug)]
pub struct Config {
    /// `[[tenant.database]]`
    pub databases: Vec<DatabaseConfig>,
}

/// `[[tenant.database]]` as it is written.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawDatabase {
    name: At<String>,
    url: At<String>,
    connections_max: Option<At<i64>>,
    deadline_ms: Option<At<i64>>,
    result_rows_max: Option<At<i64>>,
    bytes_max: Option<At<i64>>,
}

/// Files of embedded databases, of the tenants so far.
#[derive(Default)]
struct Taken(Vec<DatabaseFiles>);

impl Config {
    /// Reads and checks the tenant's sections.
    pub(crate) fn read(sections: &mut TenantSections<'_>) -> Self {
        let raw: Vec<RawDatabase> = sections.list("database");
        let mut names = Names::default();
        let (mut databases, mut own) = (Vec::new(), Vec::new());
        for raw in &raw {
            let check = &mut *sections.findings;
            check.word(&raw.name, "tenant.database.name");
            names.claim(check, &raw.name, "tenant.database.name");
            let Some(database) = database(sections, raw) else {
                continue;
            };
            if let DatabaseUrl::SqliteFile(file) = &database.url {
                let files = DatabaseFiles::of(file);
                let taken = &sections.earlier::<Taken>().0;
                if taken.iter().any(|taken| taken.meets(&files)) {
                    let wrong = format!("{} is another tenant's file already", file.display());
                    let fix = "give each tenant a file of its own";
                    let key = "tenant.database.url";
                    sections.findings.wrong(&raw.url, key, wrong, fix);
                }
                own.push(files);
            }
            databases.push(database);
        }
        sections.earlier::<Taken>().0.extend(own);
        Self { databases }
    }

    fn files(&self) -> Vec<PathBuf> {
        let files = self
            .databases
            .iter()
            .filter_map(|database| match &database.url {
                DatabaseUrl::SqliteFile(path) => Some(path.clone()),
                DatabaseUrl::SqliteMemory | DatabaseUrl::Postgres(_) => None,
            });
        files.collect()
    }
}

fn database(sections: &mut TenantSections<'_>, raw: &RawDatabase) -> Option<DatabaseConfig> {
    let check = &mut *sections.findings;
    let (connections, deadline) = (raw.connections_max.as_ref(), raw.deadline_ms.as_ref());
    let (rows, bytes) = (raw.result_rows_max.as_ref(), raw.bytes_max.as_ref());
    let connections_max = check.number("tenant.database.connections_max", connections, 1..=1000, 4);
    let deadline = check.number("tenant.database.deadline_ms", deadline, 1..=600_000, 2000);
    let rows_max = check.number("tenant.database.result_rows_max", rows, 1..=1_000_000, 1000);
    let bytes_max = check.number(
        "tenant.database.bytes_max",
        bytes,
        1 << 20..=1 << 40,
        DatabaseConfig::BYTES_MAX_DEFAULT,
    );
    Some(DatabaseConfig {
        label: raw.name.get_ref().clone(),
        url: url(sections, &raw.url)?,
        connections_max,
        deadline: Duration::from_millis(deadline),
        rows_max,
        result_bytes_max: DatabaseConfig::RESULT_BYTES_MAX_DEFAULT,
        bytes_max,
    })
}

/// Where a database is; none when that cannot be, which is noted.
fn url(sections: &mut TenantSections<'_>, at: &At<String>) -> Option<DatabaseUrl> {
    let url = at.get_ref();
    if url.starts_with("postgres://") || url.starts_with("postgresql://") {
        return Some(DatabaseUrl::Postgres(url.clone()));
    }
    match url.strip_prefix("sqlite:") {
        Some(":memory:") => Some(DatabaseUrl::SqliteMemory),
        Some(path) if path.split('/').any(|part| part == "..") => {
            let fix = "write a path below data_dir, or an absolute one: \"sqlite:///var/lib/x.db\"";
            sections.findings.wrong(
                at,
                "tenant.database.url",
                "a path must not lead upwards",
                fix,
            );
            None
        }
        Some(path) if path.starts_with("file:") => {
            let fix = "write the path without \"file:\"";
            let wrong = "a path must not be a URI itself";
            sections
                .findings
                .wrong(at, "tenant.database.url", wrong, fix);
            None
        }
        Some(path) if !path.is_empty() && !path.contains('?') => {
            let path = path.strip_prefix("//").unwrap_or(path);
            Some(DatabaseUrl::SqliteFile(sections.data_dir.join(path)))
        }
        Some(_) | None => {
            // The URL may hold a password: only what precedes the first colon is repeated.
            let scheme = url.split(':').next().unwrap_or_default();
            let wrong = format!("a URL that begins with {scheme:?} is not one of a known database");
            let fix =
                "write \"sqlite:file.db\" (in data_dir), \"sqlite::memory:\" or \"postgres://...\"";
            sections
                .findings
                .wrong(at, "tenant.database.url", wrong, fix);
            None
        }
    }
}

impl ModuleConfig for Config {
    /// None of the databases.
    fn keep(&self, _: &NewTenant<'_>) -> Arc<dyn TenantPart> {
        Arc::new(SqlTenant::of(Vec::new()).with_files(self.files()))
    }

    fn open<'a>(&'a self, tenant: &'a NewTenant<'a>) -> Opening<'a> {
        Box::pin(async move {
            let opening = SqlTenant::new(tenant.id.as_str(), &self.databases);
            let opened = timeout(tenant.limit, opening).await;
            // Once the files are there, no spelling hides one.
            self.check_files(tenant)?;
            let databases = match opened {
                Ok(opened) => opened.map_err(|error| OpenFault::Tenant(error.to_string()))?,
                Err(_) => return Err(OpenFault::Tenant(late(tenant.limit))),
            };
            if let Some(share) = tenant.state.share::<RunTime>() {
                for database in databases.all() {
                    let share = Arc::clone(&share);
                    database.charge_to(move |took| share.charge(Instant::now(), took));
                }
            }
            let kept: Arc<dyn TenantPart> = Arc::new(databases.with_files(self.files()));
            Ok(kept)
        })
    }

    /// Passwords are not shown, but compared.
    fn is_same(&self, other: &dyn ModuleConfig) -> bool {
        (other as &dyn Any).downcast_ref() == Some(self)
    }

    fn descriptors_max(&self) -> u64 {
        let databases = self.databases.iter();
        let connections = databases.map(|database| u64::from(database.connections_max));
        connections.fold(0, |sum, more| {
            sum.saturating_add(more.saturating_mul(PER_CONNECTION))
        })
    }

    fn place_data_below(&mut self, folder: &Path) {
        for database in &mut self.databases {
            if let DatabaseUrl::SqliteFile(path) = &mut database.url {
                *path = folder.join(&*path);
            }
        }
    }
}

impl Config {
    /// The configuration was checked for tenants that share a file; this looks at the files.
    fn check_files(&self, tenant: &NewTenant<'_>) -> Result<(), OpenFault> {
        for database in &self.databases {
            let DatabaseUrl::SqliteFile(path) = &database.url else {
                continue;
            };
            let these = DatabaseFiles::of(path);
            let has_it = |other: &SqlTenant| {
                let mut files = other.database_files().iter();
                files.any(|file| DatabaseFiles::of(file).meets(&these))
            };
            let mut others = tenant.others.iter();
            if let Some(other) = others.find(|other| other.get().is_some_and(has_it)) {
                return Err(OpenFault::Server(format!(
                    "database {:?}: {} is a file of tenant {:?} already; give each tenant a \
                     file of its own",
                    database.label,
                    path.display(),
                    other.id.as_str()
                )));
            }
        }
        Ok(())
    }
}

fn late(limit: Duration) -> String {
    format!(
        "its databases were not open after {} s, which tenant_start_seconds_max in [server] sets",
        limit.as_secs()
    )
}
