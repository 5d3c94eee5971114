//! PostgreSQL.
//!
//! The deadline is kept at both ends: the server ends a statement by its `statement_timeout`, so
//! that it does not work on for nobody, and this side stops waiting shortly after, whatever the
//! server does. A connection that is given back is reset before the next call gets it, so that
//! nobody finds another one's settings, locks or temporary tables.

mod column;
mod connector;
mod limiter;
mod parameter;
mod pool;
mod session;
mod tls;
mod url;

use std::sync::Arc;
use std::time::Duration;

use evroute_tenant::GrantMode;
use futures_util::TryStreamExt;
use tokio::time::timeout_at;
use tokio_postgres::error::SqlState;
use tokio_postgres::{Column, Row};

use self::column::Raw;
use self::connector::Connector;
use self::parameter::Parameter;
use self::pool::Pool;
use self::session::Session;
use crate::database::Call;
use crate::rows::{ResultLimits, RowBuffer};
use crate::{DatabaseConfig, Error, Rows};

/// How much longer than the server this side waits: the server's own answer leaves the connection
/// usable.
const GRACE: Duration = Duration::from_millis(100);
/// What a message of the server may have beyond the largest result: the names of all columns, a
/// refusal's text.
const MESSAGE_BYTES_BEYOND: u64 = 256 << 10;

#[derive(Debug)]
pub(crate) struct Postgres {
    pool: Arc<Pool>,
    limits: ResultLimits,
}

impl Postgres {
    /// Connects to nobody yet. To be called in a Tokio runtime.
    pub(crate) fn open(url: &str, config: &DatabaseConfig) -> Result<Self, String> {
        let message_bytes_max = config.result_bytes_max.saturating_add(MESSAGE_BYTES_BEYOND);
        let message_bytes_max = u32::try_from(message_bytes_max).unwrap_or(u32::MAX);
        let connector = Connector::new(url, config.deadline, message_bytes_max)?;
        Ok(Self {
            pool: Arc::new(Pool::new(
                connector,
                config.connections_max,
                config.deadline,
            )),
            limits: ResultLimits::new(config),
        })
    }

    pub(crate) async fn execute(&self, call: Call) -> Result<u64, Error> {
        let until = call.until + GRACE;
        let mut lease = self.pool.acquire(call.until).await?;
        let mode = call.mode;
        let answer = timeout_at(until, execute(lease.session()?, call))
            .await
            .map_err(|_| Error::Deadline)?;
        let is_denied = mode == GrantMode::Read && answer.as_ref().is_err_and(would_write);
        let answer = lease.end(answer);
        if is_denied {
            Err(Error::ReadOnly)
        } else {
            answer
        }
    }

    pub(crate) async fn query(&self, call: Call) -> Result<Rows, Error> {
        let until = call.until + GRACE;
        let mut lease = self.pool.acquire(call.until).await?;
        let mode = call.mode;
        let answer = timeout_at(until, read_as(lease.session()?, call, self.limits))
            .await
            .map_err(|_| Error::Deadline)?;
        match answer {
            Reading::Whole(rows) => lease.end(Ok(rows)),
            Reading::Failed(error) => {
                let is_denied = mode == GrantMode::Read && would_write(&error);
                let answer = lease.end(Err(error));
                if is_denied {
                    Err(Error::ReadOnly)
                } else {
                    answer
                }
            }
            Reading::Stopped(error) => Err(error),
        }
    }

    /// Waits for the statements that run, and closes all connections.
    pub(crate) async fn close(&self) {
        self.pool.close().await;
    }

    /// Open, and idle.
    pub(crate) fn connections(&self) -> (usize, usize) {
        self.pool.connections()
    }
}

async fn execute(session: &mut Session, call: Call) -> Result<u64, tokio_postgres::Error> {
    let parameters = parameters(call.parameters);
    let statement = session.prepare(&call.statement.text, &parameters).await?;
    session.begin(call.mode).await?;
    let answer = session.client().execute_raw(&statement, &parameters).await;
    let ended = session.end(call.mode).await;
    answer.and_then(|changed| ended.map(|()| changed))
}

/// Whether it is `read_only_sql_transaction`, PostgreSQL's appendix A.
fn would_write(error: &tokio_postgres::Error) -> bool {
    error.code() == Some(&SqlState::READ_ONLY_SQL_TRANSACTION)
}

/// Reads a result, in a transaction that cannot write where nothing may be written.
async fn read_as(session: &mut Session, call: Call, limits: ResultLimits) -> Reading {
    let mode = call.mode;
    let reading = read(session, call, limits).await;
    match reading {
        // The rest of the result would have to be read: the connection is closed.
        Reading::Stopped(_) => reading,
        Reading::Failed(_) => {
            // What has failed first is reported.
            let _ = session.end(mode).await;
            reading
        }
        Reading::Whole(_) => match session.end(mode).await {
            Ok(()) => reading,
            Err(error) => Reading::Failed(error),
        },
    }
}

/// How reading a result ended.
enum Reading {
    Whole(Rows),
    /// The database, or the way to it.
    Failed(tokio_postgres::Error),
    /// This side, in the middle of the result.
    Stopped(Error),
}

async fn read(session: &mut Session, call: Call, limits: ResultLimits) -> Reading {
    let parameters = parameters(call.parameters);
    let prepared = session.prepare(&call.statement.text, &parameters).await;
    let statement = match prepared {
        Ok(statement) => statement,
        Err(error) => return Reading::Failed(error),
    };
    let mut buffer = RowBuffer::new(limits);
    // A result without rows has columns, too.
    let names = buffer.admit_names(statement.columns().iter().map(Column::name));
    let columns = match names {
        Ok(columns) => columns,
        Err(error) => return Reading::Stopped(error),
    };
    if let Err(error) = session.begin(call.mode).await {
        return Reading::Failed(error);
    }
    let asked = session.client().query_raw(&statement, &parameters).await;
    let mut stream = match asked {
        Ok(stream) => Box::pin(stream),
        Err(error) => return Reading::Failed(error),
    };
    loop {
        match stream.try_next().await {
            Err(error) => return Reading::Failed(error),
            Ok(None) => return Reading::Whole(buffer.finish(columns)),
            Ok(Some(row)) => {
                if let Err(error) = read_row(&row, &mut buffer) {
                    return Reading::Stopped(error);
                }
            }
        }
    }
}

fn parameters(values: Vec<crate::Value>) -> Vec<Parameter> {
    values.into_iter().map(Parameter).collect()
}

fn read_row(row: &Row, buffer: &mut RowBuffer) -> Result<(), Error> {
    buffer.admit_row()?;
    let mut values = Vec::with_capacity(row.len());
    for (index, column) in row.columns().iter().enumerate() {
        let raw: Raw<'_> = row.try_get(index)?;
        values.push(column::read(raw, column, buffer)?);
    }
    buffer.push(values);
    Ok(())
}
