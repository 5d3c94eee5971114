//! Whoever keeps the processes.

use std::fmt::Debug;
use std::task::{Context, Poll};

use evroute_event::Outcome;
use evroute_module_api::Seed;
use evroute_tap::WitValue;
use evroute_tenant::Meter;

use crate::{CellHandler, ComponentRefusal, Heard};

/// Keeps runners: processes that have shut themselves in and run handlers.
pub trait Cells: Debug + Send + Sync {
    /// Loads a handler in a runner and starts it once, as a deploy does to see that it starts.
    ///
    /// # Errors
    /// Why it does not start, or why there is no runner.
    fn probe(&self, handler: &CellHandler) -> Result<(), ComponentRefusal>;

    /// Whether [`Cells::begin`] answers at once: a runner is free that has loaded the handler, or
    /// the run would be refused. Otherwise it takes as long as a process takes to start, or to load
    /// a handler: that is for a thread for which nobody waits.
    fn is_ready(&self, handler: &CellHandler) -> bool;

    /// Begins a run in a runner of the handler's cell.
    ///
    /// # Errors
    /// What becomes of the run: `QuotaExceeded` when none is free, `HostFault` when none starts.
    fn begin(
        &self,
        handler: &CellHandler,
        start: &CellRunStart,
    ) -> Result<Box<dyn CellRun>, Outcome>;
}

/// What a run begins with.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct CellRunStart {
    /// The event's interface, `evroute:tm/local-request@0.1.0`.
    pub interface: String,
    /// When it happened, microseconds since 1970: the only time that a run has.
    pub time_us: u64,
    /// What its randomness is made from; none draws a new one.
    pub seed: Option<Seed>,
}

/// A run in a runner. Dropped before its end was heard, it takes the runner's process with it.
pub trait CellRun: Send {
    /// Waits for what comes next, on this thread.
    ///
    /// # Errors
    /// What becomes of the run: `DeadlineExceeded` when it was at work for too long without a word
    /// and its process was ended, `Trap` when the process ended or said what makes no sense.
    fn hear(&mut self) -> Result<Heard, Outcome>;

    /// The same for a task, within a runtime with I/O and time, whose worker others have meanwhile.
    ///
    /// # Errors
    /// As [`CellRun::hear`].
    fn poll_hear(&mut self, context: &mut Context<'_>) -> Poll<Result<Heard, Outcome>>;

    /// Answers the question that was heard last. Without an answer the run ends there.
    ///
    /// # Errors
    /// As [`CellRun::hear`].
    fn answer(&mut self, answer: Option<&WitValue>, used: &Meter) -> Result<(), Outcome>;
}
