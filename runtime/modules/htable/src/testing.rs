//! Tables for this crate's tests.

use crate::{HtableTenant, ShvConfig, TableConfig, TotalConfig};

/// In microseconds.
pub(crate) const SECOND: u64 = 1_000_000;

pub(crate) fn table(name: &str, expire_seconds: u32, entries_max: u64) -> TableConfig {
    TableConfig {
        name: name.to_owned(),
        expire_seconds,
        entries_max,
        bytes_max: 1 << 20,
        persist: false,
    }
}

/// `plain` without an expiry, `short` with 10 seconds, `tiny` for two entries; together 100 entries
/// of 1,000 bytes; two shared variables.
pub(crate) fn tenant() -> HtableTenant {
    HtableTenant::with_total(
        vec![
            table("plain", 0, 1000),
            table("short", 10, 1000),
            table("tiny", 0, 2),
        ],
        TotalConfig {
            entries_max: 100,
            bytes_max: 1000,
        },
        ShvConfig {
            entries_max: 2,
            bytes_max: 100,
        },
    )
}
