//! The test's own hands on the databases.

use std::path::Path;

use tokio::runtime::Runtime;
use tokio_postgres::{Client, NoTls};

/// A PostgreSQL that the test can make slow.
pub(crate) struct Database {
    runtime: Runtime,
    watcher: Client,
    holder: Client,
}

fn runtime() -> Runtime {
    let mut builder = tokio::runtime::Builder::new_current_thread();
    builder.enable_all().build().unwrap()
}

impl Database {
    pub(crate) fn connect(url: &str) -> Self {
        let runtime = runtime();
        let connect = || {
            let connecting = tokio_postgres::connect(url, NoTls);
            let (client, connection) = runtime.block_on(connecting).unwrap();
            runtime.spawn(connection);
            client
        };
        let (watcher, holder) = (connect(), connect());
        Self {
            runtime,
            watcher,
            holder,
        }
    }

    pub(crate) fn run(&mut self, statement: &'static str) {
        let done = self.watcher.batch_execute(statement);
        self.runtime.block_on(done).unwrap();
    }

    pub(crate) fn number(&mut self, statement: &'static str) -> i64 {
        let row = self.watcher.query_one(statement, &[]);
        self.runtime.block_on(row).unwrap().get(0)
    }

    /// Nobody else can read or write these tables.
    pub(crate) fn lock(&mut self, statement: &'static str) {
        let held = async {
            self.holder.batch_execute("begin").await?;
            self.holder.batch_execute(statement).await
        };
        self.runtime.block_on(held).unwrap();
    }

    pub(crate) fn release(&mut self) {
        let done = self.holder.batch_execute("rollback");
        self.runtime.block_on(done).unwrap();
    }

    /// How many sessions wait for a lock.
    pub(crate) fn waiting(&mut self) -> i64 {
        self.number("select count(*) from pg_stat_activity where wait_event_type = 'Lock'")
    }
}

/// Runs a statement that returns a number, or none, in an embedded database.
pub(crate) fn embedded(file: &Path, statement: &'static str) -> Option<i64> {
    let connection = rusqlite::Connection::open(file).unwrap();
    let mut prepared = connection.prepare(statement).unwrap();
    let mut rows = prepared.query([]).unwrap();
    rows.next().unwrap().map(|row| row.get(0).unwrap())
}
