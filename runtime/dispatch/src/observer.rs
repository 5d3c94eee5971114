//! Seeing what happened.

use std::time::Duration;

use evroute_event::{EventIndex, EventName, Outcome, Subject};
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
    /// What it was about; none of a run that was cancelled.
    pub subject: Option<&'a Subject>,
    /// What the handler decided, by the name of the case; none when it came to no verdict.
    pub verdict: Option<&'static str>,
    /// What became of it.
    pub outcome: &'a Outcome,
    /// What it cost.
    pub used: Used,
    /// What its randomness was made from, if it asked for some.
    pub seed: Option<Seed>,
    /// How long it took by the wall clock, host waits included.
    pub took: Duration,
}

impl RunRecord<'_> {
    /// The Call-ID of the message, where there is one. From the wire: not escaped.
    #[must_use]
    pub fn call_id(&self) -> Option<&str> {
        self.subject?.message.as_ref()?.call_id()
    }
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
