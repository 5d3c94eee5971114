//! A result, read whole before the guest looks at it.

use std::vec;

use crate::{DatabaseConfig, Error, Value};

/// What a value costs besides its own bytes.
const VALUE_OVERHEAD_BYTES: usize = 16;

/// A result. It holds no connection: a guest may keep its cursor as long as it likes, and between
/// two calls for rows the connection already serves others. The price is that a result is bounded:
/// reading stops at the first row that is beyond the limits, the database is stopped as well,
/// and the call fails.
#[derive(Debug)]
pub struct Rows {
    columns: Vec<String>,
    rows: vec::IntoIter<Vec<Value>>,
}

impl Rows {
    /// A result that no database has given.
    #[must_use]
    pub fn new(columns: Vec<String>, rows: Vec<Vec<Value>>) -> Self {
        Self {
            columns,
            rows: rows.into_iter(),
        }
    }

    /// The names of the columns, as the database says them.
    #[must_use]
    pub fn columns(&self) -> &[String] {
        &self.columns
    }

    /// The next rows, at most `limit` of them; none at the end.
    pub fn next(&mut self, limit: u32) -> Vec<Vec<Value>> {
        let limit = usize::try_from(limit).unwrap_or(usize::MAX);
        self.rows.by_ref().take(limit).collect()
    }
}

/// How many bytes a value counts.
pub(crate) fn value_bytes(value: &Value) -> usize {
    let own = match value {
        Value::Null | Value::Int(_) | Value::Real(_) => 0,
        Value::Text(text) => text.len(),
        Value::Octets(bytes) => bytes.len(),
    };
    own.saturating_add(VALUE_OVERHEAD_BYTES)
}

/// How large a result may be.
#[derive(Clone, Copy, Debug)]
pub(crate) struct ResultLimits {
    rows_max: u64,
    bytes_max: u64,
}

impl ResultLimits {
    pub(crate) fn new(config: &DatabaseConfig) -> Self {
        Self {
            rows_max: config.rows_max,
            bytes_max: config.result_bytes_max,
        }
    }
}

/// A result while it is read.
#[derive(Debug)]
pub(crate) struct RowBuffer {
    rows: Vec<Vec<Value>>,
    rows_left: u64,
    bytes_left: u64,
}

impl RowBuffer {
    pub(crate) fn new(limits: ResultLimits) -> Self {
        Self {
            rows: Vec::new(),
            rows_left: limits.rows_max,
            bytes_left: limits.bytes_max,
        }
    }

    /// Asks for one more row. To be asked before its values are read.
    pub(crate) fn admit_row(&mut self) -> Result<(), Error> {
        self.rows_left = self.rows_left.checked_sub(1).ok_or(Error::TooLarge)?;
        Ok(())
    }

    /// The names of the columns, which count as values do. To be asked for before the rows are
    /// read.
    pub(crate) fn admit_names<'a>(
        &mut self,
        names: impl Iterator<Item = &'a str>,
    ) -> Result<Vec<String>, Error> {
        let mut admitted = Vec::new();
        for name in names {
            self.admit_value(name.len())?;
            admitted.push(name.to_owned());
        }
        Ok(admitted)
    }

    /// Asks for one more value of this many bytes. To be asked before they are copied.
    pub(crate) fn admit_value(&mut self, bytes: usize) -> Result<(), Error> {
        self.admit_growth(bytes.saturating_add(VALUE_OVERHEAD_BYTES))
    }

    /// Asks for what a value needs beyond what was asked for.
    pub(crate) fn admit_growth(&mut self, bytes: usize) -> Result<(), Error> {
        self.bytes_left = self
            .bytes_left
            .checked_sub(bytes as u64)
            .ok_or(Error::TooLarge)?;
        Ok(())
    }

    pub(crate) fn push(&mut self, row: Vec<Value>) {
        self.rows.push(row);
    }

    pub(crate) fn finish(self, columns: Vec<String>) -> Rows {
        Rows::new(columns, self.rows)
    }
}
