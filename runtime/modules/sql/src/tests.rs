//! Real databases: SQLite in a folder, and a PostgreSQL server of our own.

mod postgres;
mod postgres_server;
mod sqlite;

use std::time::Duration;

use crate::{Database, DatabaseConfig, DatabaseUrl, Error, Value};

fn config(url: DatabaseUrl) -> DatabaseConfig {
    DatabaseConfig {
        label: "main".to_owned(),
        url,
        connections_max: 4,
        deadline: Duration::from_secs(2),
        rows_max: 100,
        result_bytes_max: 100_000,
    }
}

async fn open(config: &DatabaseConfig) -> Database {
    Database::open(config).await.unwrap()
}

/// All rows of a query without parameters.
async fn all(database: &Database, statement: &str) -> Result<Vec<Vec<Value>>, Error> {
    Ok(database.query(statement, Vec::new()).await?.next(u32::MAX))
}

fn text(text: &str) -> Value {
    Value::Text(text.to_owned())
}

/// The generated type has no equality.
#[track_caller]
fn assert_rows(found: &[Vec<Value>], expected: &[Vec<Value>]) {
    assert_eq!(format!("{found:?}"), format!("{expected:?}"));
}
