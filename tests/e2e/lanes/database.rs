//! The test's own hands on the databases.

use std::path::Path;

use sqlx::postgres::PgConnection;
use sqlx::{Connection, Executor, Row};
use tokio::runtime::Runtime;

/// A PostgreSQL that the test can make slow.
pub(super) struct Database {
    runtime: Runtime,
    watcher: PgConnection,
    holder: PgConnection,
}

fn runtime() -> Runtime {
    let mut builder = tokio::runtime::Builder::new_current_thread();
    builder.enable_all().build().unwrap()
}

impl Database {
    pub(super) fn connect(url: &str) -> Self {
        let runtime = runtime();
        let connect = || runtime.block_on(PgConnection::connect(url)).unwrap();
        let (watcher, holder) = (connect(), connect());
        Self {
            runtime,
            watcher,
            holder,
        }
    }

    pub(super) fn run(&mut self, statement: &'static str) {
        let done = self.runtime.block_on(self.watcher.execute(statement));
        done.unwrap();
    }

    pub(super) fn number(&mut self, statement: &'static str) -> i64 {
        let row = self.runtime.block_on(self.watcher.fetch_one(statement));
        row.unwrap().get(0)
    }

    /// Nobody else can read or write these tables.
    pub(super) fn lock(&mut self, statement: &'static str) {
        let held = async {
            self.holder.execute("begin").await?;
            self.holder.execute(statement).await
        };
        self.runtime.block_on(held).unwrap();
    }

    pub(super) fn release(&mut self) {
        let done = self.runtime.block_on(self.holder.execute("rollback"));
        done.unwrap();
    }

    /// How many sessions wait for a lock.
    pub(super) fn waiting(&mut self) -> i64 {
        self.number("select count(*) from pg_stat_activity where wait_event_type = 'Lock'")
    }
}

/// Runs a statement that returns a number, or none, in an embedded database.
pub(super) fn embedded(file: &Path, statement: &'static str) -> Option<i64> {
    let connection = rusqlite::Connection::open(file).unwrap();
    let mut prepared = connection.prepare(statement).unwrap();
    let mut rows = prepared.query([]).unwrap();
    rows.next().unwrap().map(|row| row.get(0).unwrap())
}
