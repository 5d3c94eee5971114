//! The values that go to PostgreSQL with a statement.

use std::error::Error;
use std::fmt;

use bytes::{BufMut, BytesMut};
use tokio_postgres::types::{IsNull, Kind, ToSql, Type};

use crate::Value;

/// A value as PostgreSQL's binary format has it.
pub(super) struct Parameter(pub(super) Value);

impl Parameter {
    /// What the server is told that it is. NULL is of whatever type the server finds fitting: 0 in
    /// a Parse message "leaves the type unspecified" (PostgreSQL's manual, 55.7).
    pub(super) fn kind(&self) -> Type {
        match &self.0 {
            Value::Null => Type::new("unspecified".to_owned(), 0, Kind::Simple, String::new()),
            Value::Int(_) => Type::INT8,
            Value::Real(_) => Type::FLOAT8,
            Value::Text(_) => Type::TEXT,
            Value::Octets(_) => Type::BYTEA,
        }
    }

    /// One letter for each kind.
    pub(super) fn letter(&self) -> char {
        match &self.0 {
            Value::Null => 'n',
            Value::Int(_) => 'i',
            Value::Real(_) => 'r',
            Value::Text(_) => 't',
            Value::Octets(_) => 'o',
        }
    }
}

impl ToSql for Parameter {
    fn to_sql(&self, _: &Type, out: &mut BytesMut) -> Result<IsNull, Box<dyn Error + Sync + Send>> {
        match &self.0 {
            Value::Null => return Ok(IsNull::Yes),
            Value::Int(int) => out.put_i64(*int),
            Value::Real(real) => out.put_f64(*real),
            Value::Text(text) => out.put_slice(text.as_bytes()),
            Value::Octets(bytes) => out.put_slice(bytes),
        }
        Ok(IsNull::No)
    }

    /// The server was told the kind of each, and has agreed.
    fn accepts(_: &Type) -> bool {
        true
    }

    tokio_postgres::types::to_sql_checked!();
}

/// Without the value, which is the guest's.
impl fmt::Debug for Parameter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Parameter({})", self.letter())
    }
}
