//! What the operator may say.

use evroute_tenant::Quota;

/// The tables of one tenant and what they may hold together.
#[derive(Clone, Debug, Default)]
pub struct Config {
    /// The tables. Names are different from each other.
    pub tables: Vec<TableConfig>,
    /// The tenant's limits; those of tables and shared variables are looked at.
    pub quota: Quota,
}

/// One table. Kamailio's modparam `htable`, of which `size` and the database keys are refused: tables here grow as
/// needed and live in memory.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TableConfig {
    /// The name in `$sht(name=>key)`.
    pub name: String,
    /// How long an entry lives when its writer does not say, in seconds; 0 means for good. Kamailio's `autoexpire`.
    pub expire_seconds: u32,
    /// Whether writing an entry again starts its time anew. Kamailio's `updateexpire`, with its default: true.
    pub update_expire: bool,
    /// How many entries the table holds.
    pub entries_max: u64,
}

impl TableConfig {
    /// A table with the defaults: entries live for good, at most 10,000 of them.
    #[must_use]
    pub fn named(name: &str) -> Self {
        Self {
            name: name.to_owned(),
            expire_seconds: 0,
            update_expire: true,
            entries_max: 10_000,
        }
    }

    /// Whether adding to a number starts its time anew. In a table whose entries live for good a counter that was given a
    /// time of its own keeps it: counting would otherwise make it immortal.
    pub(crate) fn counting_restarts(&self) -> bool {
        self.update_expire && self.expire_seconds != 0
    }
}
