//! Everything this module keeps for one tenant.

use std::sync::Arc;

use crate::room::Room;
use crate::{Config, Error, Overlay, Row, SharedVariables, Table, Value};

/// The tables and shared variables of one tenant.
///
/// The methods that write are the operator's hand: they take effect at once and name no handler. Runs work on an
/// [`Overlay`].
#[derive(Debug)]
pub struct HtableTenant {
    /// In the order of their names.
    tables: Vec<Arc<Table>>,
    variables: SharedVariables,
}

impl HtableTenant {
    /// Empty tables.
    #[must_use]
    pub fn new(config: &Config) -> Self {
        let quota = &config.quota;
        let room = Arc::new(Room::new(quota.table_entries_max, quota.table_bytes_max));
        let mut tables: Vec<_> = config
            .tables
            .iter()
            .map(|table| Arc::new(Table::new(table.clone(), Arc::clone(&room))))
            .collect();
        tables.sort_by(|a, b| a.name().cmp(b.name()));
        let variables = SharedVariables::new(quota.shv_entries_max, quota.shv_bytes_max);
        Self { tables, variables }
    }

    /// All tables, by name. RPC `htable.listTables`.
    #[must_use]
    pub fn tables(&self) -> &[Arc<Table>] {
        &self.tables
    }

    /// The table at this place in [`HtableTenant::tables`].
    #[must_use]
    pub fn table(&self, place: usize) -> Option<&Arc<Table>> {
        self.tables.get(place)
    }

    /// The place of a table.
    #[must_use]
    pub fn find(&self, name: &str) -> Option<usize> {
        self.tables
            .binary_search_by(|table| (**table.name()).cmp(name))
            .ok()
    }

    /// The shared variables.
    #[must_use]
    pub fn variables(&self) -> &SharedVariables {
        &self.variables
    }

    fn named(&self, name: &str) -> Result<&Arc<Table>, Error> {
        let place = self.find(name).ok_or(Error::NotGranted)?;
        self.table(place).ok_or(Error::NotGranted)
    }

    /// The entries of a table, at most `limit` of them, by key. RPC `htable.dump`.
    ///
    /// # Errors
    /// [`Error::NotGranted`] when there is no such table.
    pub fn dump(&self, table: &str, now_us: u64, limit: usize) -> Result<Vec<Row>, Error> {
        Ok(self.named(table)?.dump(now_us, limit))
    }

    /// One entry. RPC `htable.get`.
    ///
    /// # Errors
    /// [`Error::NotGranted`] when there is no such table.
    pub fn get(&self, table: &str, key: &str, now_us: u64) -> Result<Option<Value>, Error> {
        Ok(self.named(table)?.get(key, now_us))
    }

    /// Writes an entry with the table's lifetime. RPC `htable.sets` and `htable.seti`.
    ///
    /// # Errors
    /// [`Error::NotGranted`] when there is no such table, [`Error::KeyTooLong`], [`Error::QuotaExceeded`].
    pub fn set(&self, table: &str, key: &str, value: Value, now_us: u64) -> Result<(), Error> {
        let mut overlay = Overlay::new(Arc::clone(self.named(table)?), now_us);
        overlay.set(key, value, None)?;
        overlay.finish()
    }

    /// Removes an entry and says whether there was one. RPC `htable.delete`.
    ///
    /// # Errors
    /// [`Error::NotGranted`] when there is no such table, [`Error::KeyTooLong`].
    pub fn delete(&self, table: &str, key: &str, now_us: u64) -> Result<bool, Error> {
        let mut overlay = Overlay::new(Arc::clone(self.named(table)?), now_us);
        let was_there = overlay.remove(key)?;
        overlay.finish()?;
        Ok(was_there)
    }
}
