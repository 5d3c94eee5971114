use crate::bindings::evroute::htable::htable;
use crate::error::{Error, Result};
use crate::kept::Kept;
use crate::value::Value;

/// `$sht`: a table that the tenant's handlers share.
///
/// Writes are seen by later reads of the same run and take effect, all of them or none, when it returns a verdict. An error is
/// told as `table <name>: why`.
#[derive(Debug)]
pub struct Table<'a> {
    name: &'a str,
    handle: Kept<htable::Table>,
}

impl<'a> Table<'a> {
    /// Opens a table by the name it has in the tenant's configuration.
    ///
    /// # Errors
    /// There is none, or it was not granted.
    #[inline]
    pub fn open(name: &'a str) -> Result<Self> {
        match htable::Table::open(name) {
            Ok(table) => Ok(Self {
                name,
                handle: table.into(),
            }),
            Err(why) => Err(about(name, why)),
        }
    }

    /// The entry's value, if there is an entry.
    ///
    /// # Errors
    /// Those of the WIT's `table.get`.
    #[inline]
    pub fn get(&self, key: &str) -> Result<Option<Value>> {
        self.handle.get(key).map_err(|why| about(self.name, why))
    }

    /// Whether there is an entry.
    ///
    /// # Errors
    /// As [`Table::get`].
    #[inline]
    pub fn contains(&self, key: &str) -> Result<bool> {
        Ok(self.get(key)?.is_some())
    }

    /// Writes an entry that stays as long as the table's entries do.
    ///
    /// # Errors
    /// Those of the WIT's `table.set`.
    #[inline]
    pub fn set(&self, key: &str, value: impl Into<Value>) -> Result<()> {
        self.write(key, &value.into(), None)
    }

    /// Writes an entry that stays for so many seconds; 0 is for good.
    ///
    /// # Errors
    /// As [`Table::set`].
    #[inline]
    pub fn set_for(&self, seconds: u32, key: &str, value: impl Into<Value>) -> Result<()> {
        self.write(key, &value.into(), Some(seconds))
    }

    #[inline]
    fn write(&self, key: &str, value: &Value, seconds: Option<u32>) -> Result<()> {
        let written = self.handle.set(key, value, seconds);
        written.map_err(|why| about(self.name, why))
    }

    /// Removes an entry and says whether there was one.
    ///
    /// # Errors
    /// Those of the WIT's `table.remove`.
    #[inline]
    pub fn remove(&self, key: &str) -> Result<bool> {
        self.handle.remove(key).map_err(|why| about(self.name, why))
    }

    /// Adds to a number (a missing entry counts as 0) and returns what this run now sees. Runs at the same time lose nothing.
    ///
    /// # Errors
    /// Those of the WIT's `table.add`.
    #[inline]
    pub fn add(&self, key: &str, delta: i64) -> Result<i64> {
        let added = self.handle.add(key, delta);
        added.map_err(|why| about(self.name, why))
    }
}

#[cold]
fn about(name: &str, why: htable::Error) -> Error {
    Error::about("table ", name, why.into())
}
