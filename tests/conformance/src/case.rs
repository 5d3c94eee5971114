//! One case, as its file has it.

use std::collections::BTreeMap;
use std::sync::Arc;

use evroute_module_htable::Stored;
use evroute_module_sql::Value;
use serde::Deserialize;

/// Entries by their key.
pub(crate) type Entries = BTreeMap<String, Cell>;

/// An event, what it finds, and what has to come of it.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Case {
    /// What it shows.
    pub(crate) name: String,
    /// Languages in which it cannot be said.
    #[serde(default)]
    pub(crate) except: Vec<String>,
    /// The request of `tm:local-request` and `core:request`.
    pub(crate) message: Option<Request>,
    /// The entry of `htable:expired`.
    pub(crate) expired: Option<ExpiredEntry>,
    /// The tenant's tables before; no others exist.
    #[serde(default)]
    pub(crate) tables: BTreeMap<String, Entries>,
    /// The shared variables before.
    #[serde(default)]
    pub(crate) shared: Entries,
    /// Other databases than the suite's.
    pub(crate) databases: Option<Vec<String>>,
    /// The verdict: its word, and what it carries.
    pub(crate) verdict: Option<String>,
    /// In place of a verdict: how the sentence begins with which the handler gives up.
    pub(crate) error: Option<String>,
    /// The lines that are logged: all of them, in their order.
    #[serde(default)]
    pub(crate) log: Vec<String>,
    /// Header fields that the message has afterwards and had not before. Nothing else of it may be different.
    #[serde(default)]
    pub(crate) added: Vec<String>,
    /// What tables and variables hold afterwards, where that is different from before.
    #[serde(default)]
    pub(crate) after: After,
    /// What the first database answers afterwards.
    pub(crate) rows: Option<Rows>,
}

/// The parts of a request that examples look at.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Request {
    pub(crate) method: String,
    pub(crate) uri: String,
    /// The value of From.
    pub(crate) from: String,
}

/// An entry whose time is over.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct ExpiredEntry {
    pub(crate) table: String,
    pub(crate) key: String,
    pub(crate) value: Cell,
}

/// What tables and variables hold afterwards.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct After {
    #[serde(default)]
    pub(crate) tables: BTreeMap<String, Entries>,
    pub(crate) shared: Option<Entries>,
}

/// A question to a database and its answer.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Rows {
    pub(crate) query: String,
    pub(crate) are: Vec<Vec<Cell>>,
}

/// A value of a table, a variable or a column.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(untagged)]
pub(crate) enum Cell {
    Int(i64),
    Text(String),
    Octets(Vec<u8>),
}

impl Cell {
    pub(crate) fn stored(&self) -> Stored {
        match self {
            Self::Int(number) => Stored::Int(*number),
            Self::Text(text) => Stored::Text(text.as_str().into()),
            Self::Octets(octets) => Stored::Octets(octets.as_slice().into()),
        }
    }

    pub(crate) fn of_stored(stored: &Stored) -> Self {
        match stored {
            Stored::Int(number) => Self::Int(*number),
            Stored::Text(text) => Self::Text(Arc::clone(text).to_string()),
            Stored::Octets(octets) => Self::Octets(octets.to_vec()),
        }
    }

    /// None for what no case asks for.
    pub(crate) fn of_column(value: &Value) -> Option<Self> {
        match value {
            Value::Int(number) => Some(Self::Int(*number)),
            Value::Text(text) => Some(Self::Text(text.clone())),
            Value::Octets(octets) => Some(Self::Octets(octets.clone())),
            Value::Null | Value::Real(_) => None,
        }
    }
}
