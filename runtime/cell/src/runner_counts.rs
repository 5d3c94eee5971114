//! What became of runners.

use evroute_sandbox::CellName;

/// What became of runners since the server started.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct RunnerCounts {
    /// How many there are now.
    pub alive: u64,
    /// Processes started.
    pub started: u64,
    /// Processes that could not be started or shut in.
    pub failed: u64,
    /// Processes that ended by themselves, or said what makes no sense: during a run, or while they
    /// loaded a handler.
    pub broken: u64,
    /// Processes that were ended since a run in them did not end in time.
    pub late: u64,
    /// Runs that were refused since no runner was free.
    pub refused: u64,
}

/// The runners of one cell, at this moment.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct CellSeen {
    /// Which.
    pub cell: CellName,
    /// Runners that wait for a run.
    pub idle: usize,
    /// Runners that have one, or are being started for one.
    pub lent: usize,
}
