//! PostgreSQL.
//!
//! The deadline is kept at both ends: the server ends a statement by its `statement_timeout`, so
//! that it does not work on for nobody, and this side stops waiting shortly after, whatever the
//! server does. A connection that is given back is reset before the next call gets it, so that
//! nobody finds another one's settings, locks or temporary tables.

mod column;
mod message_size_limiter;
mod session;

use std::time::Duration;

use futures_util::TryStreamExt;
use sqlx::encode::IsNull;
use sqlx::error::BoxDynError;
use sqlx::pool::PoolConnection;
use sqlx::postgres::types::Oid;
use sqlx::postgres::{
    PgArgumentBuffer, PgArguments, PgConnectOptions, PgConnection, PgPoolOptions, PgRow, PgSslMode,
    PgTypeInfo,
};
use sqlx::{
    Arguments, AssertSqlSafe, Column, ConnectOptions, Connection, Encode, Executor, Row,
    SqlSafeStr, Statement, Type,
};
use tokio::time::{Instant, timeout_at};

use self::message_size_limiter::MessageSizeLimiter;

use crate::database::Call;
use crate::error::TOO_LARGE;
use crate::rows::{ResultLimits, RowBuffer};
use crate::{DatabaseConfig, Error, Rows, Value};

/// How much longer than the server this side waits: the server's own answer leaves the connection
/// usable.
const GRACE: Duration = Duration::from_millis(100);
/// What a message of the server may have beyond the largest result: the names of all columns, a
/// refusal's text.
const MESSAGE_BYTES_BEYOND: u64 = 256 << 10;

/// How long a statement may be that a connection keeps prepared. It keeps a hundred.
const KEPT_BYTES_MAX: usize = 4 << 10;

#[derive(Debug)]
pub(crate) struct Postgres {
    pool: sqlx::PgPool,
    limits: ResultLimits,
    /// Kept as long as the pool, whose connections lead through it.
    _weir: MessageSizeLimiter,
}

impl Postgres {
    /// Connects to nobody yet. To be called in a Tokio runtime.
    pub(crate) fn open(url: &str, config: &DatabaseConfig) -> Result<Self, String> {
        // The driver's errors about URLs say what is wrong, never the URL.
        let options: PgConnectOptions = url
            .parse()
            .map_err(|error: sqlx::Error| format!("its URL cannot be read: {error}"))?;
        match options.get_ssl_mode() {
            PgSslMode::Disable | PgSslMode::Allow | PgSslMode::Prefer => {}
            PgSslMode::Require | PgSslMode::VerifyCa | PgSslMode::VerifyFull => {
                let fix = "leave sslmode out and keep the connection on a trusted network";
                return Err(format!("TLS to databases is not part of this build; {fix}"));
            }
        }
        let message_bytes_max = config.result_bytes_max.saturating_add(MESSAGE_BYTES_BEYOND);
        let message_bytes_max = u32::try_from(message_bytes_max).unwrap_or(u32::MAX);
        let (message_size_limiter, options) =
            MessageSizeLimiter::build(options, message_bytes_max, config.deadline + GRACE)
                .map_err(|error| format!("no way to it can be made: {error}"))?;
        let options = options
            .ssl_mode(PgSslMode::Disable)
            .application_name("evroute")
            .options([(
                "statement_timeout",
                config.deadline.as_millis().max(1).to_string(),
            )])
            // The texts are the guests', and not for the operator's log.
            .disable_statement_logging();
        let deadline = config.deadline;
        let pool = PgPoolOptions::new()
            .max_connections(config.connections_max)
            .acquire_timeout(deadline)
            .after_release(move |connection, _| {
                Box::pin(async move { Ok(session::reset(connection, deadline).await) })
            })
            .connect_lazy_with(options);
        Ok(Self {
            pool,
            limits: ResultLimits::new(config),
            _weir: message_size_limiter,
        })
    }

    pub(crate) async fn execute(&self, call: Call) -> Result<u64, Error> {
        let mut lease = self.connect(call.until).await?;
        let until = call.until + GRACE;
        let prepared = Prepared::new(call)?;
        let is_kept = prepared.is_kept();
        let query = sqlx::query_with(AssertSqlSafe(prepared.text), prepared.arguments);
        let running = lease.connection()?.execute(query.persistent(is_kept));
        let answer = timeout_at(until, running)
            .await
            .map_err(|_| Error::Deadline)?;
        Ok(lease.end(answer)?.rows_affected())
    }

    pub(crate) async fn query(&self, call: Call) -> Result<Rows, Error> {
        let mut lease = self.connect(call.until).await?;
        let until = call.until + GRACE;
        let reading = read(lease.connection()?, Prepared::new(call)?, self.limits);
        let answer = timeout_at(until, reading)
            .await
            .map_err(|_| Error::Deadline)?;
        match answer {
            Reading::Whole(rows) => lease.end(Ok(rows)),
            Reading::Failed(error) => lease.end(Err(error)),
            Reading::Stopped(error) => Err(error),
        }
    }

    pub(crate) async fn close(&self) {
        self.pool.close().await;
    }

    /// Open, and idle.
    pub(crate) fn connections(&self) -> (usize, usize) {
        let open = usize::try_from(self.pool.size()).unwrap_or(usize::MAX);
        (open, self.pool.num_idle())
    }

    async fn connect(&self, until: Instant) -> Result<Lease, Error> {
        let connection = timeout_at(until, self.pool.acquire())
            .await
            .map_err(|_| Error::Unavailable("no connection within the deadline".to_owned()))?
            // Whatever a server says to who wants to connect, the statement is not to blame.
            .map_err(|error| match Error::from(error) {
                Error::Refused(why) | Error::Other(why) => Error::Unavailable(why),
                error @ (Error::Deadline
                | Error::Unavailable(_)
                | Error::TooLarge
                | Error::Full) => error,
            })?;
        // One that was free for an instant at the deadline leaves no time for a statement.
        if Instant::now() >= until {
            return Err(Error::Unavailable(
                "no connection within the deadline".to_owned(),
            ));
        }
        Ok(Lease(Some(connection)))
    }
}

/// A connection with a statement under way. Dropped before [`Lease::end`], whatever for, it is
/// closed hard: an answer that nobody reads to its end may be endless, and reading it would keep
/// the place in the pool.
struct Lease(Option<PoolConnection<sqlx::Postgres>>);

impl Lease {
    fn connection(&mut self) -> Result<&mut PgConnection, Error> {
        let connection = self
            .0
            .as_mut()
            .ok_or_else(|| Error::Other("no connection".to_owned()))?;
        Ok(connection)
    }

    /// Gives the connection back after an answer that was read to its end.
    fn end<T>(mut self, answer: Result<T, sqlx::Error>) -> Result<T, Error> {
        let is_usable = match &answer {
            Ok(_) => true,
            // 0A000, "cached plan must not change result type": a table was altered, and the
            // statements that this connection has prepared stay wrong. 26000: a statement that the
            // driver has prepared is gone. TOO_LARGE: the weir has ended the connection.
            Err(sqlx::Error::Database(error)) => {
                !matches!(error.code().as_deref(), Some("0A000" | "26000" | TOO_LARGE))
            }
            Err(_) => false,
        };
        if is_usable {
            drop(self.0.take());
        }
        Ok(answer?)
    }
}

impl Drop for Lease {
    fn drop(&mut self) {
        if let Some(connection) = self.0.take() {
            drop(connection.detach());
        }
    }
}

/// How reading a result ended.
enum Reading {
    Whole(Rows),
    /// The database, or the way to it.
    Failed(sqlx::Error),
    /// This side, in the middle of the result.
    Stopped(Error),
}

async fn read(connection: &mut PgConnection, prepared: Prepared, limits: ResultLimits) -> Reading {
    let mut buffer = RowBuffer::new(limits);
    let mut columns = None;
    let is_kept = prepared.is_kept();
    let query = sqlx::query_with(AssertSqlSafe(prepared.text.as_str()), prepared.arguments);
    let mut stream = connection.fetch(query.persistent(is_kept));
    loop {
        match stream.try_next().await {
            Err(error) => return Reading::Failed(error),
            Ok(None) => break,
            Ok(Some(row)) => {
                if columns.is_none() {
                    match buffer.admit_names(row.columns().iter().map(Column::name)) {
                        Ok(names) => columns = Some(names),
                        Err(error) => return Reading::Stopped(error),
                    }
                }
                if let Err(error) = read_row(&row, &mut buffer) {
                    return Reading::Stopped(error);
                }
            }
        }
    }
    drop(stream);
    let columns = match columns {
        Some(columns) => columns,
        None => match names_without_rows(connection, prepared.text, &mut buffer).await {
            Ok(names) => names,
            Err(reading) => return reading,
        },
    };
    Reading::Whole(buffer.finish(columns))
}

/// A result without rows has columns, too; the connection remembers them with the statement, if it
/// keeps it.
async fn names_without_rows(
    connection: &mut PgConnection,
    text: String,
    buffer: &mut RowBuffer,
) -> Result<Vec<String>, Reading> {
    let is_kept = text.len() <= KEPT_BYTES_MAX;
    let statement = connection.prepare(AssertSqlSafe(text).into_sql_str()).await;
    let statement = statement.map_err(Reading::Failed)?;
    let names = buffer.admit_names(statement.columns().iter().map(Column::name));
    if !is_kept {
        let cleared = connection.clear_cached_statements().await;
        cleared.map_err(Reading::Failed)?;
    }
    names.map_err(Reading::Stopped)
}

fn read_row(row: &PgRow, buffer: &mut RowBuffer) -> Result<(), Error> {
    buffer.admit_row()?;
    let mut values = Vec::with_capacity(row.len());
    for (index, column) in row.columns().iter().enumerate() {
        values.push(column::read(
            &row.try_get_raw(index)?,
            column.name(),
            buffer,
        )?);
    }
    buffer.push(values);
    Ok(())
}

/// A statement with the types of its parameters.
struct Prepared {
    text: String,
    arguments: PgArguments,
}

impl Prepared {
    /// Whether the connection keeps it prepared for the next time.
    fn is_kept(&self) -> bool {
        self.text.len() <= KEPT_BYTES_MAX
    }

    /// The driver keeps prepared statements by their text alone, and the server prepares them for
    /// the types of the first values: the types go into the text, as a comment.
    fn new(call: Call) -> Result<Self, Error> {
        let mut text = String::with_capacity(call.statement.text.len() + call.parameters.len() + 4);
        text.push_str("/*");
        let mut arguments = PgArguments::default();
        for value in call.parameters {
            let (letter, bound) = match value {
                Value::Null => ('n', arguments.add(Untyped)),
                Value::Int(int) => ('i', arguments.add(int)),
                Value::Real(real) => ('r', arguments.add(real)),
                Value::Text(value) => ('t', arguments.add(value)),
                Value::Octets(bytes) => ('o', arguments.add(bytes)),
            };
            bound.map_err(sqlx::Error::Encode)?;
            text.push(letter);
        }
        text.push_str("*/");
        text.push_str(&call.statement.text);
        Ok(Self { text, arguments })
    }
}

/// NULL of whatever type the server finds fitting.
struct Untyped;

impl Type<sqlx::Postgres> for Untyped {
    fn type_info() -> PgTypeInfo {
        // 0 in a Parse message: "leaves the type unspecified" (PostgreSQL's manual, 55.7).
        PgTypeInfo::with_oid(Oid(0))
    }
}

impl Encode<'_, sqlx::Postgres> for Untyped {
    fn encode_by_ref(&self, _: &mut PgArgumentBuffer) -> Result<IsNull, BoxDynError> {
        Ok(IsNull::Yes)
    }
}
