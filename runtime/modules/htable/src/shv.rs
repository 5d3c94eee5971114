//! Shared variables: `$shv`.

use std::sync::Arc;

use crate::{Expiry, Seen, ShvConfig, Stored, Table, TableConfig};

/// A tenant's shared variables. They start as the number 0; one that was never written, or was
/// written `null`, is that and takes no room. Kamailio's `$shv`, without its `modparam` for initial
/// values.
#[derive(Debug)]
pub struct SharedVariables(Table);

impl SharedVariables {
    /// What a variable is that nobody has written.
    pub(crate) const START: Seen = Seen {
        value: Stored::Int(0),
        expiry: Expiry::Never,
    };

    /// None written yet.
    #[must_use]
    pub fn new(config: ShvConfig) -> Self {
        let table = TableConfig {
            name: "shv".to_owned(),
            expire_seconds: 0,
            entries_max: config.entries_max,
            bytes_max: config.bytes_max,
            persist: false,
        };
        Self(Table::new(&table, None))
    }

    /// A variable.
    #[must_use]
    pub fn get(&self, name: &str) -> Stored {
        self.0.get(name, 0).unwrap_or(Self::START).value
    }

    /// Up to `limit` of the variables that were written, sorted by name.
    #[must_use]
    pub fn dump(&self, limit: usize) -> Vec<(Arc<str>, Stored)> {
        self.0
            .dump(limit, None, 0)
            .into_iter()
            .map(|(name, seen)| (name, seen.value))
            .collect()
    }

    /// Where they are kept: a table without expiry.
    pub(crate) fn table(&self) -> &Table {
        &self.0
    }
}
