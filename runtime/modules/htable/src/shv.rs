//! Shared variables.

use std::sync::Arc;

use crate::room::Room;
use crate::table::Row;
use crate::{Error, Overlay, Table, TableConfig, Value};

/// The shared variables of one tenant. Kamailio's `$shv(name)`: a variable that nobody has written is the number 0, never
/// null; unlike Kamailio's they need not be declared.
#[derive(Debug)]
pub struct SharedVariables {
    table: Arc<Table>,
}

/// What a variable is before anybody writes it.
const INITIAL: Value = Value::Int(0);

impl SharedVariables {
    pub(crate) fn new(entries_max: u64, bytes_max: u64) -> Self {
        let config = TableConfig {
            entries_max,
            ..TableConfig::named("shv")
        };
        let room = Arc::new(Room::new(u64::MAX, bytes_max));
        Self {
            table: Arc::new(Table::new(config, room)),
        }
    }

    /// What runs work on: pass it to [`Overlay::new`].
    #[must_use]
    pub fn table(&self) -> &Arc<Table> {
        &self.table
    }

    /// A variable as a run sees it.
    #[must_use]
    pub fn seen(overlay: &Overlay, name: &str) -> Value {
        overlay.get(name).unwrap_or(INITIAL)
    }

    /// A variable now. RPC `pv.shvGet`.
    #[must_use]
    pub fn get(&self, name: &str) -> Value {
        self.table.get(name, 0).unwrap_or(INITIAL)
    }

    /// Writes a variable at once; none sets it back to the number 0. RPC `pv.shvSet`.
    ///
    /// # Errors
    /// [`Error::KeyTooLong`], [`Error::QuotaExceeded`].
    pub fn set(&self, name: &str, value: Option<Value>) -> Result<(), Error> {
        let mut overlay = Overlay::new(Arc::clone(&self.table), 0);
        match value {
            Some(value) => overlay.set(name, value, None)?,
            None => drop(overlay.remove(name)?),
        }
        overlay.finish()
    }

    /// All variables that were written, at most `limit` of them, by name. RPC `pv.shvGet` without a name.
    #[must_use]
    pub fn dump(&self, limit: usize) -> Vec<(Arc<str>, Value)> {
        let rows = self.table.dump(0, limit).into_iter();
        rows.map(|Row { key, value, .. }| (key, value)).collect()
    }
}
