//! Databases that the operator named in the tenant's configuration.
//!
//! Writes to a database are outside the run: they are done when the call returns and stay done if the run fails later.

use alloc::borrow::ToOwned;
use alloc::string::String;
use alloc::vec::Vec;

use crate::bindings::evroute::sql::sql;
use crate::error::{Error, Result};
use crate::kept::Kept;

/// A column's or parameter's value.
pub use crate::bindings::evroute::sql::sql::Value;

/// One database. An error is reported as `database <label>: why`.
#[derive(Debug)]
pub struct Database<'a> {
    label: &'a str,
    handle: Kept<sql::Connection>,
}

/// A cursor over a result.
#[derive(Debug)]
pub struct Rows<'a> {
    label: &'a str,
    handle: Kept<sql::Rows>,
}

impl<'a> Database<'a> {
    /// Opens a database by its label.
    ///
    /// # Errors
    /// There is none, or it was not granted.
    #[inline]
    pub fn open(label: &'a str) -> Result<Self> {
        match sql::Connection::open(label) {
            Ok(connection) => Ok(Self {
                label,
                handle: connection.into(),
            }),
            Err(why) => Err(about(label, why)),
        }
    }

    /// Runs one statement that returns no rows and says how many it changed. Parameters are bound, `?` in the text.
    ///
    /// # Errors
    /// Those of the WIT's `connection.execute`.
    #[inline]
    pub fn execute(&self, statement: &str, parameters: &[Value]) -> Result<u64> {
        let done = self.handle.execute(statement, parameters);
        done.map_err(|why| about(self.label, why))
    }

    /// Runs one statement that returns rows. Parameters are bound, `?` in the text.
    ///
    /// # Errors
    /// Those of the WIT's `connection.query`.
    #[inline]
    pub fn query(&self, statement: &str, parameters: &[Value]) -> Result<Rows<'a>> {
        match self.handle.query(statement, parameters) {
            Ok(rows) => Ok(Rows {
                label: self.label,
                handle: rows.into(),
            }),
            Err(why) => Err(about(self.label, why)),
        }
    }
}

impl Rows<'_> {
    /// The names of the columns.
    #[must_use]
    pub fn columns(&self) -> Vec<String> {
        self.handle.columns()
    }

    /// The next rows, at most `limit` of them, which is to be more than 0; empty at the end.
    ///
    /// # Errors
    /// Those of the WIT's `rows.next`.
    pub fn next(&self, limit: u32) -> Result<Vec<Vec<Value>>> {
        let rows = self.handle.next(limit);
        rows.map_err(|why| about(self.label, why))
    }
}

#[cold]
fn about(label: &str, why: sql::Error) -> Error {
    Error::about("database ", label, why.into())
}

impl From<i64> for Value {
    #[inline]
    fn from(number: i64) -> Self {
        Self::Int(number)
    }
}

impl From<f64> for Value {
    #[inline]
    fn from(number: f64) -> Self {
        Self::Real(number)
    }
}

impl From<&str> for Value {
    fn from(text: &str) -> Self {
        Self::Text(text.to_owned())
    }
}

impl From<String> for Value {
    #[inline]
    fn from(text: String) -> Self {
        Self::Text(text)
    }
}

impl From<Vec<u8>> for Value {
    #[inline]
    fn from(octets: Vec<u8>) -> Self {
        Self::Octets(octets)
    }
}

impl<T: Into<Value>> From<Option<T>> for Value {
    #[inline]
    fn from(value: Option<T>) -> Self {
        value.map_or(Self::Null, Into::into)
    }
}
