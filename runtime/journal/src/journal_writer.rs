//! The one who writes.

use std::fs::File;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Instant;

use evroute_database_file::{DatabaseSchema, Synchronous};
use evroute_log_throttle::LogThrottle;
use rusqlite::{Connection, Statement, Transaction, TransactionBehavior};

use crate::journal_queue::JournalQueue;
use crate::queued_change::{QueuedChange, QueuedWhat};
use crate::{Durability, JournalError, RowChange};

/// Pages of the write-ahead log after which it is worked into the file, 16 MiB: seldom enough that
/// pages which change often are written once, and small enough to be read quickly after a crash.
const CHECKPOINT_PAGES: i64 = 4096;

/// Rows have a number of their store in place of its name, and are kept by key.
pub(crate) const SCHEMA: DatabaseSchema<'static> = DatabaseSchema {
    version: 1,
    create: "
CREATE TABLE stores (
    number INTEGER PRIMARY KEY AUTOINCREMENT,
    tenant TEXT NOT NULL,
    store TEXT NOT NULL,
    UNIQUE (tenant, store)
) STRICT;

CREATE TABLE rows (
    store INTEGER NOT NULL,
    key BLOB NOT NULL,
    row BLOB NOT NULL,
    PRIMARY KEY (store, key)
) STRICT, WITHOUT ROWID;
",
    changes: &[],
};

const PUT: &str = "INSERT INTO rows (store, key, row) VALUES (?1, ?2, ?3)
    ON CONFLICT (store, key) DO UPDATE SET row = excluded.row";
const REMOVE: &str = "DELETE FROM rows WHERE store = ?1 AND key = ?2";
const PURGE_ROWS: &str = "DELETE FROM rows WHERE store IN
    (SELECT number FROM stores WHERE tenant = ?1 AND (?2 IS NULL OR store = ?2))";
const PURGE_STORES: &str = "DELETE FROM stores WHERE tenant = ?1 AND (?2 IS NULL OR store = ?2)";

/// How often the file was written.
#[derive(Debug, Default)]
pub(crate) struct WriterCounts {
    pub(crate) commits: AtomicU64,
    pub(crate) changes: AtomicU64,
    pub(crate) failures: AtomicU64,
}

/// The one who writes: a thread that owns the only connection that does.
pub(crate) struct JournalWriter {
    path: PathBuf,
    queue: Arc<JournalQueue>,
    counts: Arc<WriterCounts>,
    open: Option<OpenJournal>,
    reported: LogThrottle,
}

struct OpenJournal {
    connection: Connection,
    /// Its write-ahead log, which is forced to the disk for whoever asked for that.
    log: File,
}

/// Whatever ends the writer, nobody waits for it any more.
struct Ending(Arc<JournalQueue>);

impl Drop for Ending {
    fn drop(&mut self) {
        self.0.abandon();
    }
}

impl JournalWriter {
    /// Opens the file. Blocks.
    pub(crate) fn open(
        path: &Path,
        queue: &Arc<JournalQueue>,
        counts: &Arc<WriterCounts>,
    ) -> Result<Self, JournalError> {
        Ok(Self {
            path: path.to_owned(),
            queue: Arc::clone(queue),
            counts: Arc::clone(counts),
            open: Some(OpenJournal::open(path)?),
            reported: LogThrottle::new(),
        })
    }

    /// Writes until the queue is closed and empty. Blocks.
    pub(crate) fn run(mut self) {
        let ending = Ending(Arc::clone(&self.queue));
        while let Some(batch) = self.queue.take() {
            self.write(batch);
        }
        drop(ending);
    }

    fn write(&mut self, batch: Vec<QueuedChange>) {
        let written = self.commit(&batch);
        match &written {
            Ok(()) => {
                let changes = u64::try_from(batch.len()).unwrap_or(u64::MAX);
                self.counts.commits.fetch_add(1, Ordering::Relaxed);
                self.counts.changes.fetch_add(changes, Ordering::Relaxed);
            }
            Err(error) => self.failed(error),
        }
        let (waiting, at_once): (Vec<_>, Vec<_>) = batch
            .into_iter()
            .partition(|change| written.is_ok() && change.durability == Durability::Power);
        for change in at_once {
            change.answer(written.clone());
        }
        if waiting.is_empty() {
            return;
        }
        let synced = self.sync();
        if let Err(error) = &synced {
            self.failed(error);
        }
        for change in waiting {
            change.answer(synced.clone());
        }
    }

    fn failed(&mut self, error: &JournalError) {
        // What a full or broken disk left of it is not relied upon.
        self.open = None;
        self.counts.failures.fetch_add(1, Ordering::Relaxed);
        if let Some(times) = self.reported.happened(Instant::now()) {
            tracing::error!(times, %error, "changes are not kept, and whoever made them is told so");
        }
    }

    fn commit(&mut self, batch: &[QueuedChange]) -> Result<(), JournalError> {
        let open = match &mut self.open {
            Some(open) => open,
            closed @ None => closed.insert(OpenJournal::open(&self.path)?),
        };
        let committed = (|| {
            let connection = &mut open.connection;
            let transaction =
                connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
            let mut writing = Writing {
                transaction: &transaction,
                put: None,
                remove: None,
            };
            for change in batch {
                writing.write(change)?;
            }
            drop(writing);
            transaction.commit()
        })();
        committed.map_err(|error| not_written(&error))
    }

    /// Forces the write-ahead log to the disk: with that, what was committed outlives the power as
    /// it does with `PRAGMA synchronous = FULL`, and nobody else has to wait for it.
    fn sync(&self) -> Result<(), JournalError> {
        let open = self.open.as_ref().ok_or(JournalError::Closed)?;
        open.log.sync_data().map_err(|error| not_written(&error))
    }
}

impl OpenJournal {
    fn open(path: &Path) -> Result<Self, JournalError> {
        let unusable =
            |error: &dyn std::fmt::Display| JournalError::Unusable(error.to_string().into());
        let opened = evroute_database_file::open(path, &SCHEMA, Synchronous::Normal);
        let connection = opened.map_err(|error| unusable(&error))?;
        let set = connection
            .pragma_update(None, "wal_autocheckpoint", CHECKPOINT_PAGES)
            // Makes the write-ahead log, if nothing has been written yet.
            .and_then(|()| connection.execute_batch("BEGIN IMMEDIATE; COMMIT;"));
        set.map_err(|error| not_written(&error))?;
        let log = format!("{}-wal", path.display());
        let log = File::options().read(true).write(true).open(&log);
        let log = log.map_err(|error| unusable(&error))?;
        Ok(Self { connection, log })
    }
}

/// A transaction, and the statements that it has needed so far: each is prepared once for all its
/// rows.
struct Writing<'a> {
    transaction: &'a Transaction<'a>,
    put: Option<Statement<'a>>,
    remove: Option<Statement<'a>>,
}

impl Writing<'_> {
    fn write(&mut self, change: &QueuedChange) -> rusqlite::Result<()> {
        match &change.what {
            QueuedWhat::Rows(store, rows) => {
                for change in rows {
                    self.write_row(*store, change)?;
                }
            }
            QueuedWhat::Purge(store) => {
                let purged = (&change.share.tenant, store);
                self.transaction.execute(PURGE_ROWS, purged)?;
                self.transaction.execute(PURGE_STORES, purged)?;
            }
        }
        Ok(())
    }

    fn write_row(&mut self, store: i64, change: &RowChange) -> rusqlite::Result<()> {
        match &change.row {
            Some(row) => {
                let put = match &mut self.put {
                    Some(put) => put,
                    none @ None => none.insert(self.transaction.prepare(PUT)?),
                };
                put.execute((store, &change.key, row))?;
            }
            None => {
                let remove = match &mut self.remove {
                    Some(remove) => remove,
                    none @ None => none.insert(self.transaction.prepare(REMOVE)?),
                };
                remove.execute((store, &change.key))?;
            }
        }
        Ok(())
    }
}

fn not_written(error: &dyn std::fmt::Display) -> JournalError {
    JournalError::NotWritten(error.to_string().into())
}

#[cfg(test)]
mod tests;
