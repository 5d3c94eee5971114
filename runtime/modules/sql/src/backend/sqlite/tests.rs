//! The engine alone: nothing here is read by [`Statement::read`] before.

mod capacity;
mod functions;
mod pool;
mod pragmas;
mod schema;

use std::sync::Mutex;

use evroute_tenant::GrantMode;

use super::*;
use crate::statement::Statement;
use crate::{DatabaseUrl, Value};

/// Far more than anything needs.
const PATIENCE: Duration = Duration::from_secs(60);

fn config(url: DatabaseUrl) -> DatabaseConfig {
    DatabaseConfig {
        label: "main".to_owned(),
        url,
        connections_max: 4,
        deadline: PATIENCE,
        rows_max: 1000,
        result_bytes_max: 256 << 10,
        bytes_max: 64 << 20,
    }
}

async fn memory() -> Sqlite {
    let config = config(DatabaseUrl::SqliteMemory);
    Sqlite::open_memory(&config).await.unwrap()
}

async fn open(config: &DatabaseConfig) -> Sqlite {
    let DatabaseUrl::SqliteFile(path) = &config.url else {
        panic!("a file")
    };
    Sqlite::open_file(path, config).await.unwrap()
}

fn in_folder(folder: &tempfile::TempDir) -> DatabaseConfig {
    config(DatabaseUrl::SqliteFile(folder.path().join("t.db")))
}

fn call(text: &str, parameters: Vec<Value>, within: Duration) -> Call {
    Call {
        statement: Statement {
            text: text.to_owned(),
        },
        parameters,
        until: Instant::now() + within,
        mode: GrantMode::Write,
    }
}

async fn all(sqlite: &Sqlite, text: &str) -> Result<Vec<Vec<Value>>, Error> {
    let rows = sqlite.query(call(text, Vec::new(), PATIENCE)).await;
    Ok(rows?.next(u32::MAX))
}

async fn done(sqlite: &Sqlite, text: &str) {
    let done = sqlite.execute(call(text, Vec::new(), PATIENCE)).await;
    done.unwrap_or_else(|error| panic!("{text}: {error}"));
}

/// Why a statement is refused; that it is.
async fn refusal(sqlite: &Sqlite, text: &str) -> String {
    match all(sqlite, text).await {
        Err(Error::Refused(why)) => why,
        other => panic!("{text}: {other:?}"),
    }
}

/// All that was charged.
fn charges(sqlite: &Sqlite) -> Arc<Mutex<Vec<Duration>>> {
    let charged = Arc::new(Mutex::new(Vec::new()));
    let charging = Arc::clone(&charged);
    sqlite.charge_to(Box::new(move |took| charging.lock().unwrap().push(took)));
    charged
}

/// A connection of a test's own, to which everything is allowed.
fn unrestricted() -> rusqlite::Connection {
    rusqlite::Connection::open_in_memory().unwrap()
}

/// The first column of what an unrestricted connection answers.
fn listed(query: &str) -> Vec<String> {
    let connection = unrestricted();
    let mut statement = connection.prepare(query).unwrap();
    let rows = statement.query_map([], |row| row.get(0)).unwrap();
    rows.map(Result::unwrap).collect()
}
