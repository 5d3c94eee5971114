//! Real databases: SQLite in a folder, and a PostgreSQL server of our own.

mod postgres;
mod postgres_deadline;
mod postgres_server;
mod postgres_session;
mod postgres_tls;
mod read_only;
mod sqlite;

use std::time::{Duration, Instant};

use evroute_tenant::GrantMode;
use tokio::time::Instant as Moment;

use crate::database::Call;
use crate::statement::{Dialect, Statement};
use crate::{Database, DatabaseConfig, DatabaseUrl, Error, Value};

/// How long anything may take before a test fails: far more than it needs, on a machine that does
/// other things.
const PATIENCE: Duration = Duration::from_secs(60);

fn config(url: DatabaseUrl) -> DatabaseConfig {
    DatabaseConfig {
        label: "main".to_owned(),
        url,
        connections_max: 4,
        deadline: Duration::from_secs(2),
        rows_max: 100,
        result_bytes_max: 100_000,
        bytes_max: 1 << 30,
    }
}

async fn open(config: &DatabaseConfig) -> Database {
    Database::open(config).await.unwrap()
}

/// All rows of a query without parameters.
async fn all(database: &Database, statement: &str) -> Result<Vec<Vec<Value>>, Error> {
    Ok(database.query(statement, Vec::new()).await?.next(u32::MAX))
}

/// As [`all`], asked again as long as no connection is free: one that is given back, or made, takes
/// a moment.
async fn all_in_turn(database: &Database, statement: &str) -> Result<Vec<Vec<Value>>, Error> {
    let began = Instant::now();
    loop {
        match all(database, statement).await {
            Err(Error::Unavailable(why)) if began.elapsed() < PATIENCE => drop(why),
            answer => return answer,
        }
    }
}

/// A statement without parameters that is to be answered within this time, whatever the database's
/// own deadline.
fn call(statement: &str, dialect: Dialect, within: Duration) -> Call {
    Call {
        statement: Statement::read(statement, dialect, 0).unwrap(),
        parameters: Vec::new(),
        until: Moment::now() + within,
        mode: GrantMode::Write,
    }
}

fn text(text: &str) -> Value {
    Value::Text(text.to_owned())
}

/// The generated type has no equality.
#[track_caller]
fn assert_rows(found: &[Vec<Value>], expected: &[Vec<Value>]) {
    assert_eq!(format!("{found:?}"), format!("{expected:?}"));
}
