//! One database that the operator named.

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use evroute_tenant::GrantMode;
use tokio::time::Instant;

use crate::backend::{Postgres, Sqlite};
use crate::reach::Reach;
use crate::statement::{Dialect, Statement};
use crate::{
    AskedQuery, DatabaseConfig, DatabaseUrl, Error, FakeDatabase, OpenError, QueryAnswer, Rows,
    Value,
};

/// One database with its pool of connections. A call takes a connection, runs its statement, reads
/// the result to its end or to its limit and gives the connection back.
pub struct Database {
    /// Whose it is, for the log.
    tenant: String,
    label: String,
    deadline: Duration,
    backend: Backend,
    reach: Reach,
    /// Whether statements find room for what they write.
    room: Reach,
    writes_denied: AtomicU64,
}

/// Charges somebody with the time of a processor.
pub(crate) type Charge = Box<dyn Fn(Duration) + Send + Sync>;

enum Backend {
    Sqlite(Sqlite),
    Postgres(Postgres),
    FakeDatabase(Arc<dyn FakeDatabase>),
}

/// One statement on its way to a database.
pub(crate) struct Call {
    pub(crate) statement: Statement,
    pub(crate) parameters: Vec<Value>,
    /// When the guest is answered at the latest.
    pub(crate) until: Instant,
    /// Whether it may write. It is the database that sees to it, not the statement's text.
    pub(crate) mode: GrantMode,
}

impl Database {
    /// Opens an embedded database, or notes where a server is: that one is connected to when first
    /// asked, so that this server starts when the other is down.
    ///
    /// # Errors [`OpenError`] when the configuration cannot be, or when an embedded database's file
    /// cannot be opened or made.
    pub async fn open(config: &DatabaseConfig) -> Result<Self, OpenError> {
        config.check()?;
        let wrong = |why| OpenError {
            label: config.label.clone(),
            why,
        };
        let backend = match &config.url {
            DatabaseUrl::SqliteFile(path) => {
                Backend::Sqlite(Sqlite::open_file(path, config).await.map_err(wrong)?)
            }
            DatabaseUrl::SqliteMemory => {
                Backend::Sqlite(Sqlite::open_memory(config).await.map_err(wrong)?)
            }
            DatabaseUrl::Postgres(url) => {
                Backend::Postgres(Postgres::open(url, config).map_err(wrong)?)
            }
        };
        Ok(Self {
            tenant: String::new(),
            label: config.label.clone(),
            deadline: config.deadline,
            backend,
            reach: Reach::default(),
            room: Reach::default(),
            writes_denied: AtomicU64::new(0),
        })
    }

    /// No database, but somebody who answers in its place. What is no single statement in either
    /// dialect is refused.
    #[must_use]
    pub fn fake(label: &str, fake_database: Arc<dyn FakeDatabase>) -> Self {
        Self {
            tenant: String::new(),
            label: label.to_owned(),
            deadline: Duration::MAX,
            backend: Backend::FakeDatabase(fake_database),
            reach: Reach::default(),
            room: Reach::default(),
            writes_denied: AtomicU64::new(0),
        }
    }

    /// The same, as this tenant's: its lines in the log say so.
    #[must_use]
    pub fn of(self, tenant: &str) -> Self {
        if let Backend::Sqlite(sqlite) = &self.backend {
            let (tenant, database) = (tenant.to_owned(), self.label.clone());
            sqlite.on_replaced(Box::new(move || {
                tracing::error!(
                    tenant,
                    database,
                    "a connection did not come back from a statement and is replaced"
                );
            }));
        }
        Self {
            tenant: tenant.to_owned(),
            ..self
        }
    }

    /// Charges the time that a processor is busy with the statements of an embedded database, as it
    /// goes by. A database server looks after its own time.
    pub fn charge_to(&self, charge: impl Fn(Duration) + Send + Sync + 'static) {
        if let Backend::Sqlite(sqlite) = &self.backend {
            sqlite.charge_to(Box::new(charge));
        }
    }

    /// The label by which handlers open it.
    #[must_use]
    pub fn label(&self) -> &str {
        &self.label
    }

    /// How many connections are open now, and how many of them are in use.
    #[must_use]
    pub fn connections(&self) -> (usize, usize) {
        let (open, idle) = match &self.backend {
            Backend::Sqlite(sqlite) => sqlite.connections(),
            Backend::Postgres(postgres) => postgres.connections(),
            Backend::FakeDatabase(_) => (0, 0),
        };
        (open, open.saturating_sub(idle))
    }

    /// How many connections of an embedded database did not come back from a statement, and were
    /// replaced.
    #[must_use]
    pub fn connections_replaced(&self) -> u64 {
        match &self.backend {
            Backend::Sqlite(sqlite) => sqlite.replaced(),
            Backend::Postgres(_) | Backend::FakeDatabase(_) => 0,
        }
    }

    /// How many statements of an embedded database were refused, or ended, since there was no room
    /// left for what they write: [`Error::Full`], but for a database that is as large as it may be.
    #[must_use]
    pub fn writes_refused(&self) -> u64 {
        match &self.backend {
            Backend::Sqlite(sqlite) => sqlite.refused(),
            Backend::Postgres(_) | Backend::FakeDatabase(_) => 0,
        }
    }

    /// How many statements were refused that would have written, since the handler was granted the
    /// database for reading only.
    #[must_use]
    pub fn writes_denied(&self) -> u64 {
        self.writes_denied.load(Ordering::Relaxed)
    }

    /// Runs one statement and says how many rows it changed; rows that it returns are dropped.
    ///
    /// # Errors [`Error`]; after [`Error::Deadline`], [`Error::Unavailable`] and
    /// [`Error::TooLarge`] it is not known whether a write took place.
    pub async fn execute(&self, statement: &str, parameters: Vec<Value>) -> Result<u64, Error> {
        self.execute_as(statement, parameters, GrantMode::Write)
            .await
    }

    /// The same for who may only read: the database refuses what would write, whatever the
    /// statement looks like. Somebody who answers in a database's place is asked all the same.
    ///
    /// # Errors
    /// As [`Database::execute`], and [`Error::ReadOnly`].
    pub async fn execute_as(
        &self,
        statement: &str,
        parameters: Vec<Value>,
        mode: GrantMode,
    ) -> Result<u64, Error> {
        let answer = match &self.backend {
            Backend::Sqlite(sqlite) => {
                let call = self.call(statement, Dialect::Sqlite, parameters, mode)?;
                sqlite.execute(call).await
            }
            Backend::Postgres(postgres) => {
                let call = self.call(statement, Dialect::Postgres, parameters, mode)?;
                postgres.execute(call).await
            }
            Backend::FakeDatabase(fake_database) => {
                let asked = self.asked(statement, parameters, false)?;
                return fake_database.answer(asked).await.map(QueryAnswer::changed);
            }
        };
        self.note(&answer);
        answer
    }

    /// Runs one statement and reads its rows, see [`Rows`].
    ///
    /// # Errors
    /// As [`Database::execute`], and [`Error::TooLarge`].
    pub async fn query(&self, statement: &str, parameters: Vec<Value>) -> Result<Rows, Error> {
        self.query_as(statement, parameters, GrantMode::Write).await
    }

    /// The same for who may only read, see [`Database::execute_as`].
    ///
    /// # Errors
    /// As [`Database::query`], and [`Error::ReadOnly`].
    pub async fn query_as(
        &self,
        statement: &str,
        parameters: Vec<Value>,
        mode: GrantMode,
    ) -> Result<Rows, Error> {
        let answer = match &self.backend {
            Backend::Sqlite(sqlite) => {
                let call = self.call(statement, Dialect::Sqlite, parameters, mode)?;
                sqlite.query(call).await
            }
            Backend::Postgres(postgres) => {
                let call = self.call(statement, Dialect::Postgres, parameters, mode)?;
                postgres.query(call).await
            }
            Backend::FakeDatabase(fake_database) => {
                let asked = self.asked(statement, parameters, true)?;
                return fake_database.answer(asked).await.map(QueryAnswer::rows);
            }
        };
        self.note(&answer);
        answer
    }

    /// Waits for the statements that run and closes all connections. Later calls are told that it
    /// is unavailable.
    pub async fn close(&self) {
        let closing = async {
            match &self.backend {
                Backend::Sqlite(sqlite) => sqlite.close().await,
                Backend::Postgres(postgres) => postgres.close().await,
                Backend::FakeDatabase(_) => {}
            }
        };
        // No statement may run longer than the deadline; who does nevertheless is not waited for.
        if tokio::time::timeout(self.deadline.saturating_mul(2), closing)
            .await
            .is_err()
        {
            tracing::warn!(
                tenant = self.tenant,
                database = self.label,
                "connections did not close in time"
            );
        }
    }

    fn call(
        &self,
        text: &str,
        dialect: Dialect,
        parameters: Vec<Value>,
        mode: GrantMode,
    ) -> Result<Call, Error> {
        let statement = Statement::read(text, dialect, parameters.len())
            .map_err(|fault| Error::refused(fault.to_string()))?;
        Ok(Call {
            statement,
            parameters,
            until: Instant::now() + self.deadline,
            mode,
        })
    }

    fn asked<'a>(
        &'a self,
        statement: &'a str,
        parameters: Vec<Value>,
        for_rows: bool,
    ) -> Result<AskedQuery<'a>, Error> {
        let read = |dialect| Statement::read(statement, dialect, parameters.len());
        read(Dialect::Sqlite)
            .or_else(|fault| read(Dialect::Postgres).map_err(|_| fault))
            .map_err(|fault| Error::refused(fault.to_string()))?;
        Ok(AskedQuery {
            label: &self.label,
            statement,
            parameters,
            for_rows,
        })
    }

    /// Logs for the operator when the database goes and when it comes back: not with every call,
    /// and not every time when it comes and goes.
    fn note<T>(&self, answer: &Result<T, Error>) {
        let (tenant, database) = (&self.tenant, &self.label);
        match answer {
            Err(Error::Full) => {
                let suppressed = self.room.lost(std::time::Instant::now());
                // Each is counted: reading goes on meanwhile, so that it is not known when there is
                // room again.
                self.room.found();
                if let Some(suppressed) = suppressed {
                    let suppressed = (suppressed > 0).then_some(suppressed);
                    tracing::warn!(
                        tenant,
                        database,
                        suppressed,
                        "no room for what a statement writes; bytes_max counts the database, its log and \
                         its temporary files"
                    );
                }
            }
            Err(Error::Unavailable(why)) => {
                if let Some(suppressed) = self.reach.lost(std::time::Instant::now()) {
                    let suppressed = (suppressed > 0).then_some(suppressed);
                    tracing::warn!(tenant, database, suppressed, "not available: {why}");
                }
            }
            Ok(_) | Err(Error::Refused(_) | Error::TooLarge | Error::ReadOnly) => {
                if matches!(answer, Err(Error::ReadOnly)) {
                    self.writes_denied.fetch_add(1, Ordering::Relaxed);
                }
                if self.reach.found() {
                    tracing::info!(tenant, database, "available again");
                }
            }
            Err(Error::Deadline | Error::Other(_)) => {}
        }
    }
}

impl fmt::Debug for Database {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Database")
            .field("label", &self.label)
            .finish_non_exhaustive()
    }
}
