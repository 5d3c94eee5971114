//! Which cell a tenant's handlers run in.

use std::fmt;

/// The name of a cell, part of the state of each tenant in it. Tenants with equal names share their
/// runners, and so trust each other as far as the second wall goes; tenants without one run in the
/// server's own process.
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Debug)]
pub struct CellName(pub String);

impl fmt::Display for CellName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}
