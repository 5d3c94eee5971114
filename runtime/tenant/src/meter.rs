//! What one run used.

/// What one run used so far, counted by its host calls. Compared with
/// [`RunLimits`](crate::RunLimits) as it grows; added to the tenant's [`Ledger`](crate::Ledger) at
/// the end.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Meter {
    /// Host calls.
    pub hostcall_cost: u64,
    /// Bytes moved by host calls, both ways.
    pub hostcall_bytes: u64,
    /// Log lines written.
    pub log_lines: u64,
    /// Bytes of those lines.
    pub log_bytes: u64,
    /// Actions that leave the run.
    pub actions: u64,
    /// Writes refused since what they would change was granted for reading only.
    pub writes_refused: u64,
}
