//! Reading what is in the file: when a tenant starts, never while it is served.

use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

use evroute_database_file::Synchronous;
use rusqlite::Connection;

use crate::JournalError;
use crate::journal_writer::SCHEMA;
use crate::row_change::KEPT_BYTES;

/// A connection of its own, for one after another.
pub(crate) struct JournalReader {
    path: PathBuf,
    connection: Mutex<Option<Connection>>,
}

impl JournalReader {
    pub(crate) fn new(path: &Path) -> Self {
        Self {
            path: path.to_owned(),
            connection: Mutex::new(None),
        }
    }

    /// The number of a store, which is made if there is none. Blocks.
    pub(crate) fn store_number(&self, tenant: &str, store: &str) -> Result<i64, JournalError> {
        self.read(|connection| {
            let make = "INSERT OR IGNORE INTO stores (tenant, store) VALUES (?1, ?2)";
            connection.execute(make, [tenant, store])?;
            let find = "SELECT number FROM stores WHERE tenant = ?1 AND store = ?2";
            connection.query_row(find, [tenant, store], |row| row.get(0))
        })
    }

    /// Whether there is such a store. Blocks.
    pub(crate) fn has_store(&self, tenant: &str, store: &str) -> Result<bool, JournalError> {
        self.read(|connection| {
            let find = "SELECT count(*) FROM stores WHERE tenant = ?1 AND store = ?2";
            let found: i64 = connection.query_row(find, [tenant, store], |row| row.get(0))?;
            Ok(found > 0)
        })
    }

    /// The bytes that a tenant's rows take. Blocks.
    pub(crate) fn kept_bytes(&self, tenant: &str) -> Result<u64, JournalError> {
        self.read(|connection| {
            let sum = format!(
                "SELECT {KEPT_BYTES} FROM rows
                 WHERE store IN (SELECT number FROM stores WHERE tenant = ?1)"
            );
            let bytes = connection.query_row(&sum, [tenant], |row| row.get::<_, Option<i64>>(0))?;
            Ok(bytes
                .and_then(|bytes| u64::try_from(bytes).ok())
                .unwrap_or(0))
        })
    }

    /// Hands out key and bytes of every row of a store, in the order of the keys. Blocks.
    pub(crate) fn rows(
        &self,
        store: i64,
        mut each: impl FnMut(&[u8], &[u8]),
    ) -> Result<(), JournalError> {
        self.read(|connection| {
            let all = "SELECT key, row FROM rows WHERE store = ?1 ORDER BY key";
            let mut statement = connection.prepare(all)?;
            let mut rows = statement.query([store])?;
            while let Some(row) = rows.next()? {
                each(row.get_ref(0)?.as_blob()?, row.get_ref(1)?.as_blob()?);
            }
            Ok(())
        })
    }

    fn read<T>(
        &self,
        read: impl FnOnce(&Connection) -> rusqlite::Result<T>,
    ) -> Result<T, JournalError> {
        let mut connection = self
            .connection
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        let unusable =
            |error: &dyn std::fmt::Display| JournalError::Unusable(error.to_string().into());
        if connection.is_none() {
            let opened = evroute_database_file::open(&self.path, &SCHEMA, Synchronous::Normal);
            *connection = Some(opened.map_err(|error| unusable(&error))?);
        }
        let read = connection.as_ref().map(read);
        let read = read.unwrap_or_else(|| Err(rusqlite::Error::InvalidQuery));
        read.map_err(|error| {
            *connection = None;
            unusable(&format!("{}: {error}", self.path.display()))
        })
    }
}
