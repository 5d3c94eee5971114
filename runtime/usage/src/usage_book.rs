//! The database of usage.

#[cfg(test)]
mod tests;

use std::collections::{HashMap, HashSet};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, PoisonError};

use evroute_database_file::{DatabaseSchema, Synchronous};
use evroute_tenant::LedgerTotals;
use rusqlite::{Connection, params_from_iter};

use crate::{UsageError, UsageRecord};

/// What this version reads and writes.
const VERSION: i64 = 1;

/// Tenants with a row, those that are gone included: twice as many as there may be at once. A row
/// takes some 200 bytes, so that the file has a limit whatever tenants do.
const ROWS_MAX: usize = 131_072;

/// What every tenant used. Each has one row of numbers, which is written anew when they have
/// changed: what a tenant does makes its row no longer.
#[derive(Debug)]
pub struct UsageBook {
    path: PathBuf,
    rows_max: usize,
    connection: Mutex<Connection>,
    /// As it is in the database.
    known: Mutex<HashMap<String, UsageRecord>>,
}

impl UsageBook {
    /// Opens the database, makes it where there is none, and reads it. Blocks.
    ///
    /// # Errors
    /// [`UsageError`].
    pub fn open(path: &Path) -> Result<Self, UsageError> {
        Self::open_with(path, ROWS_MAX)
    }

    fn open_with(path: &Path, rows_max: usize) -> Result<Self, UsageError> {
        let schema = DatabaseSchema {
            version: VERSION,
            create: &create(),
            changes: &[],
        };
        let connection = evroute_database_file::open(path, &schema, Synchronous::Full)?;
        let failed = |why| UsageError::Database {
            path: path.to_owned(),
            why,
        };
        let known = read(&connection).map_err(failed)?;
        Ok(Self {
            path: path.to_owned(),
            rows_max,
            connection: Mutex::new(connection),
            known: Mutex::new(known),
        })
    }

    /// What a tenant used, as it was written last; none of one that was never seen.
    #[must_use]
    pub fn used(&self, tenant: &str) -> Option<UsageRecord> {
        self.known().get(tenant).copied()
    }

    /// Every tenant that has a row, those that are gone included, in the order of their names.
    #[must_use]
    pub fn all(&self) -> Vec<(String, UsageRecord)> {
        let known = self.known();
        let rows = known
            .iter()
            .map(|(tenant, record)| (tenant.clone(), *record));
        let mut rows: Vec<_> = rows.collect();
        drop(known);
        rows.sort_by(|one, other| one.0.cmp(&other.0));
        rows
    }

    /// Writes what has changed of these tenants, all that there are, in one transaction: it is on
    /// disk when this returns. Where there are too many rows, those of tenants that are gone go,
    /// the one that was written the longest time ago first. The answer is how many were written.
    /// Blocks.
    ///
    /// # Errors
    /// [`UsageError::Database`]: nothing was written, and it will be the next time.
    pub fn keep(&self, now: u64, live: &[(String, LedgerTotals)]) -> Result<usize, UsageError> {
        let mut connection = self
            .connection
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        let (changed, new) = self.changed(now, live);
        if changed.is_empty() {
            return Ok(0);
        }
        let gone = self.superfluous(live, new);
        let written = (|| {
            let transaction = connection.transaction()?;
            write(&transaction, &changed)?;
            for tenant in &gone {
                transaction.execute("DELETE FROM usage WHERE tenant = ?1", [tenant])?;
            }
            transaction.commit()
        })();
        written.map_err(|why| self.failed(why))?;
        let mut known = self.known();
        for tenant in &gone {
            known.remove(tenant);
        }
        let number = changed.len();
        known.extend(changed);
        Ok(number)
    }

    /// Removes the row of a tenant that is gone for good. Blocks.
    ///
    /// # Errors
    /// [`UsageError::Database`].
    pub fn purge(&self, tenant: &str) -> Result<(), UsageError> {
        let connection = self
            .connection
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        let removed = connection.execute("DELETE FROM usage WHERE tenant = ?1", [tenant]);
        removed.map_err(|why| self.failed(why))?;
        self.known().remove(tenant);
        Ok(())
    }

    fn known(&self) -> MutexGuard<'_, HashMap<String, UsageRecord>> {
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn failed(&self, why: rusqlite::Error) -> UsageError {
        let path = self.path.clone();
        UsageError::Database { path, why }
    }

    /// The rows to write, and how many of them are of tenants that have none.
    fn changed(
        &self,
        now: u64,
        live: &[(String, LedgerTotals)],
    ) -> (Vec<(String, UsageRecord)>, usize) {
        let known = self.known();
        let (mut changed, mut new) = (Vec::new(), 0);
        for (tenant, used) in live {
            let before = known.get(tenant);
            if before.is_some_and(|before| before.used == *used) {
                continue;
            }
            new += usize::from(before.is_none());
            let record = UsageRecord {
                since: before.map_or(now, |before| before.since),
                written: now,
                used: *used,
            };
            changed.push((tenant.clone(), record));
        }
        (changed, new)
    }

    /// Rows to remove, so that there is room for so many new ones.
    fn superfluous(&self, live: &[(String, LedgerTotals)], new: usize) -> Vec<String> {
        let known = self.known();
        let beyond = known
            .len()
            .saturating_add(new)
            .saturating_sub(self.rows_max);
        if beyond == 0 {
            return Vec::new();
        }
        let live: HashSet<&str> = live.iter().map(|(tenant, _)| tenant.as_str()).collect();
        let gone = known
            .iter()
            .filter(|(tenant, _)| !live.contains(tenant.as_str()));
        let mut gone: Vec<_> = gone
            .map(|(tenant, record)| (record.written, tenant))
            .collect();
        gone.sort();
        let gone = gone.into_iter().take(beyond);
        gone.map(|(_, tenant)| tenant.clone()).collect()
    }
}

/// The statement that makes the table.
fn create() -> String {
    let numbers = LedgerTotals::NAMES.map(|name| format!("{name} INTEGER NOT NULL"));
    format!(
        "CREATE TABLE usage (tenant TEXT PRIMARY KEY, since INTEGER NOT NULL,
         written INTEGER NOT NULL, {}) STRICT, WITHOUT ROWID;",
        numbers.join(", ")
    )
}

fn read(connection: &Connection) -> rusqlite::Result<HashMap<String, UsageRecord>> {
    let names = LedgerTotals::NAMES.join(", ");
    let mut rows = connection.prepare(&format!(
        "SELECT tenant, since, written, {names} FROM usage"
    ))?;
    let number = |row: &rusqlite::Row<'_>, place: usize| {
        let number: i64 = row.get(place)?;
        Ok::<_, rusqlite::Error>(u64::try_from(number).unwrap_or_default())
    };
    let rows = rows.query_map([], |row| {
        let mut numbers = [0; LedgerTotals::NAMES.len()];
        for (place, into) in numbers.iter_mut().enumerate() {
            *into = number(row, place + 3)?;
        }
        let record = UsageRecord {
            since: number(row, 1)?,
            written: number(row, 2)?,
            used: LedgerTotals::from_numbers(numbers),
        };
        Ok((row.get(0)?, record))
    })?;
    rows.collect()
}

fn write(connection: &Connection, changed: &[(String, UsageRecord)]) -> rusqlite::Result<()> {
    let names = LedgerTotals::NAMES.join(", ");
    let places = vec!["?"; LedgerTotals::NAMES.len() + 3].join(", ");
    let mut statement = connection.prepare(&format!(
        "INSERT OR REPLACE INTO usage (tenant, since, written, {names}) VALUES ({places})"
    ))?;
    for (tenant, record) in changed {
        let numbers = [record.since, record.written].into_iter();
        let numbers = numbers.chain(record.used.numbers());
        let numbers = numbers.map(|number| i64::try_from(number).unwrap_or(i64::MAX).into());
        let tenant = rusqlite::types::Value::from(tenant.clone());
        let values = std::iter::once(tenant).chain(numbers);
        statement.execute(params_from_iter(values))?;
    }
    Ok(())
}
