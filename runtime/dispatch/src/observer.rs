//! Seeing what happened.

use std::time::Duration;

use evroute_event::{EventIndex, EventName, Outcome};
use evroute_module_api::{HandlerContext, Seed};
use evroute_sandbox::Used;

use crate::BreakerChange;

/// A run that is over, for metrics and recordings.
#[derive(Debug)]
pub struct RunRecord<'a> {
    /// Whose run it was.
    pub handler_context: &'a HandlerContext,
    /// Which event.
    pub event: EventName,
    /// Its place in the server's list.
    pub index: EventIndex,
    /// What became of it.
    pub outcome: &'a Outcome,
    /// What it cost.
    pub used: Used,
    /// What its randomness was made from, if it asked for some.
    pub seed: Option<Seed>,
    /// How long it took by the wall clock, host waits included.
    pub took: Duration,
}

/// Is called after every run, on the thread that ran it. Must be quick and must not raise events.
pub trait Observer: Send + Sync {
    /// A run is over.
    fn ran(&self, record: &RunRecord<'_>);

    /// A breaker has another state than before. Called without a lock, by whoever ran or asked.
    fn breaker_changed(&self, change: &BreakerChange<'_>) {
        let _ = change;
    }
}

/// Looks away.
impl Observer for () {
    fn ran(&self, _record: &RunRecord<'_>) {}
}
