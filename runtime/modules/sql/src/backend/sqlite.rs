//! SQLite, embedded.
//!
//! Each connection has a thread of its own, which the driver brings. A statement that is past its deadline is
//! interrupted there by SQLite's progress handler: nothing goes on in the background after the guest was answered,
//! and a write is then undone as a whole.

use std::path::Path;
use std::time::Duration;

use futures_util::TryStreamExt;
use sqlx::pool::PoolConnection;
use sqlx::sqlite::{
    SqliteArguments, SqliteConnectOptions, SqliteJournalMode, SqlitePoolOptions, SqliteRow,
    SqliteSynchronous, SqliteValueRef,
};
use sqlx::{
    Arguments, AssertSqlSafe, Column, ConnectOptions, Decode, Executor, Row, SqlSafeStr, Statement,
    TypeInfo, ValueRef,
};
use tokio::time::{Instant, timeout_at};

use crate::config::PAGE_BYTES;
use crate::database::Call;
use crate::rows::{ResultLimits, RowBuffer};
use crate::{DatabaseConfig, DatabaseUrl, Error, Rows, Value};

/// How many steps of SQLite's machine lie between two looks at the clock: some tens of microseconds.
const STEPS_PER_LOOK: i32 = 2000;
/// What all embedded databases of this process may use together: a guest's `zeroblob(1000000000)` ends here.
const HEAP_BYTES_MAX: u64 = 512 << 20;
/// How many rows the thread reads ahead.
const ROWS_AHEAD: usize = 8;
/// How long the first connection may take: the file may lie on a slow disk, which is no reason not to start.
const OPEN_DEADLINE: Duration = Duration::from_secs(30);

#[derive(Debug)]
pub(crate) struct Sqlite {
    pool: sqlx::SqlitePool,
    limits: ResultLimits,
}

impl Sqlite {
    pub(crate) async fn open_file(path: &Path, config: &DatabaseConfig) -> Result<Self, String> {
        let options = SqliteConnectOptions::new()
            .filename(path)
            .create_if_missing(true)
            // Readers do not wait for the writer. NORMAL: a power cut may take back the last writes, whole ones, and
            // a write does not wait for the disk.
            .journal_mode(SqliteJournalMode::Wal)
            .synchronous(SqliteSynchronous::Normal);
        let pool = SqlitePoolOptions::new().max_connections(config.connections_max);
        let fix = "its folder must exist and be writable";
        Self::open(options, pool, config)
            .await
            .map_err(|error| format!("{} cannot be opened: {error}; {fix}", path.display()))
    }

    pub(crate) async fn open_memory(config: &DatabaseConfig) -> Result<Self, String> {
        // The database lives as long as its only connection.
        let pool = SqlitePoolOptions::new()
            .max_connections(1)
            .min_connections(1)
            .idle_timeout(None)
            .max_lifetime(None);
        Self::open(SqliteConnectOptions::new().in_memory(true), pool, config)
            .await
            .map_err(|error| format!("cannot be made in memory: {error}"))
    }

    async fn open(
        options: SqliteConnectOptions,
        pool: SqlitePoolOptions,
        config: &DatabaseConfig,
    ) -> Result<Self, Error> {
        let bytes_max = match &config.url {
            DatabaseUrl::SqliteMemory => config.bytes_max.min(DatabaseConfig::MEMORY_BYTES_MAX),
            DatabaseUrl::SqliteFile(_) | DatabaseUrl::Postgres(_) => config.bytes_max,
        };
        let pages_max = (bytes_max / PAGE_BYTES).max(1);
        let options = options
            .busy_timeout(config.deadline)
            .row_buffer_size(ROWS_AHEAD)
            .pragma("hard_heap_limit", HEAP_BYTES_MAX.to_string())
            // Nothing that a handler may say changes it: it has no PRAGMA.
            .pragma("max_page_count", pages_max.to_string())
            // The texts are the guests', and not for the operator's log.
            .disable_statement_logging();
        let pool = pool
            .acquire_timeout(config.deadline.max(OPEN_DEADLINE))
            .test_before_acquire(false)
            .connect_with(options)
            .await?;
        Ok(Self {
            pool,
            limits: ResultLimits::new(config),
        })
    }

    pub(crate) async fn execute(&self, call: Call) -> Result<u64, Error> {
        let mut connection = self.connect(call.until).await?;
        let arguments = bind(call.parameters)?;
        let query = sqlx::query_with(AssertSqlSafe(call.statement.text), arguments);
        let running = connection.execute(query);
        let done = timeout_at(call.until, running)
            .await
            .map_err(|_| Error::Deadline)??;
        Ok(done.rows_affected())
    }

    pub(crate) async fn query(&self, call: Call) -> Result<Rows, Error> {
        let mut connection = self.connect(call.until).await?;
        let until = call.until;
        let reading = read(&mut connection, call, self.limits);
        timeout_at(until, reading)
            .await
            .map_err(|_| Error::Deadline)?
    }

    pub(crate) async fn close(&self) {
        self.pool.close().await;
    }

    /// Open, and idle.
    pub(crate) fn connections(&self) -> (usize, usize) {
        let open = usize::try_from(self.pool.size()).unwrap_or(usize::MAX);
        (open, self.pool.num_idle())
    }

    /// A connection that interrupts what it does at `until`.
    async fn connect(&self, until: Instant) -> Result<PoolConnection<sqlx::Sqlite>, Error> {
        let connecting = async {
            let mut connection = self.pool.acquire().await?;
            let moment = until.into_std();
            connection
                .lock_handle()
                .await?
                .set_progress_handler(STEPS_PER_LOOK, move || std::time::Instant::now() < moment);
            Ok(connection)
        };
        match timeout_at(until, connecting).await {
            Ok(connected) if Instant::now() < until => connected,
            // Nobody, or one that was free for an instant at the deadline and leaves no time for a statement.
            Ok(_) | Err(_) => Err(Error::Unavailable("no connection was free".to_owned())),
        }
    }
}

async fn read(
    connection: &mut PoolConnection<sqlx::Sqlite>,
    call: Call,
    limits: ResultLimits,
) -> Result<Rows, Error> {
    let mut buffer = RowBuffer::new(limits);
    let mut columns = None;
    let arguments = bind(call.parameters)?;
    let query = sqlx::query_with(AssertSqlSafe(call.statement.text.as_str()), arguments);
    let mut stream = connection.fetch(query);
    while let Some(row) = stream.try_next().await? {
        columns.get_or_insert_with(|| names(row.columns()));
        read_row(&row, &mut buffer)?;
    }
    drop(stream);
    let columns = match columns {
        Some(columns) => columns,
        // A result without rows has columns, too; the prepared statement knows them.
        None => {
            let text = AssertSqlSafe(call.statement.text).into_sql_str();
            names(connection.prepare(text).await?.columns())
        }
    };
    Ok(buffer.finish(columns))
}

fn names<C: Column>(columns: &[C]) -> Vec<String> {
    columns
        .iter()
        .map(|column| column.name().to_owned())
        .collect()
}

fn bind(parameters: Vec<Value>) -> Result<SqliteArguments, Error> {
    let mut arguments = SqliteArguments::default();
    for value in parameters {
        let bound = match value {
            Value::Null => arguments.add(None::<i64>),
            Value::Int(int) => arguments.add(int),
            Value::Real(real) => arguments.add(real),
            Value::Text(text) => arguments.add(text),
            Value::Octets(octets) => arguments.add(octets),
        };
        bound.map_err(sqlx::Error::Encode)?;
    }
    Ok(arguments)
}

fn read_row(row: &SqliteRow, buffer: &mut RowBuffer) -> Result<(), Error> {
    buffer.admit_row()?;
    let mut values = Vec::with_capacity(row.len());
    for (index, column) in row.columns().iter().enumerate() {
        values.push(read_value(row.try_get_raw(index)?, column.name(), buffer)?);
    }
    buffer.push(values);
    Ok(())
}

/// By the value's own type: SQLite's columns have none that they keep to.
fn read_value(
    raw: SqliteValueRef<'_>,
    column: &str,
    buffer: &mut RowBuffer,
) -> Result<Value, Error> {
    if raw.is_null() {
        buffer.admit_value(0)?;
        return Ok(Value::Null);
    }
    let type_info = raw.type_info().into_owned();
    let value = match type_info.name() {
        "INTEGER" => {
            buffer.admit_value(0)?;
            Decode::<sqlx::Sqlite>::decode(raw).map(Value::Int)
        }
        "REAL" => {
            buffer.admit_value(0)?;
            Decode::<sqlx::Sqlite>::decode(raw).map(Value::Real)
        }
        "TEXT" => match <&str as Decode<sqlx::Sqlite>>::decode(raw) {
            Ok(text) => {
                buffer.admit_value(text.len())?;
                Ok(Value::Text(text.to_owned()))
            }
            Err(error) => Err(error),
        },
        "BLOB" => match <&[u8] as Decode<sqlx::Sqlite>>::decode(raw) {
            Ok(octets) => {
                buffer.admit_value(octets.len())?;
                Ok(Value::Octets(octets.to_vec()))
            }
            Err(error) => Err(error),
        },
        other => return Err(Error::unreadable(column, other)),
    };
    value.map_err(|error| Error::refused(format!("column {column:?}: {error}")))
}
