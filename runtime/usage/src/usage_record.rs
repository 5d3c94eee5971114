//! What one tenant used, and since when.

use evroute_tenant::LedgerTotals;

/// What one tenant used, as it was written last.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct UsageRecord {
    /// When its counting began, in seconds since 1970.
    pub since: u64,
    /// When it was written last, in seconds since 1970.
    pub written: u64,
    /// How much.
    pub used: LedgerTotals,
}
