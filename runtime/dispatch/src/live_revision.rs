//! One revision that gets events.

use std::sync::Arc;

use evroute_event::FailPolicy;
use evroute_log_throttle::LogThrottle;
use evroute_module_api::EventBinding;
use evroute_sandbox::Handler;
use evroute_tenant::Revision;

use crate::{Filter, RevisionStats};

/// How many failed runs of one revision are logged in ten seconds. Each line names its call;
/// beyond, the number goes with the next line.
const FAILURE_LINES_MAX: u32 = 20;

/// One revision of a handler, ready to run, and what became of its runs. Made by
/// [`Dispatcher::revision`](crate::Dispatcher::revision); whoever puts it in force again goes on
/// counting where it was.
#[derive(Debug)]
pub struct LiveRevision {
    handler: Arc<Handler>,
    pub(crate) policy: FailPolicy,
    pub(crate) filter: Filter,
    pub(crate) failures: LogThrottle,
    stats: RevisionStats,
}

impl LiveRevision {
    pub(crate) fn new(
        handler: Arc<Handler>,
        policy: FailPolicy,
        filter: Filter,
        bindings: &[Arc<dyn EventBinding>],
    ) -> Self {
        Self {
            stats: RevisionStats::new(&handler, bindings),
            handler,
            policy,
            filter,
            failures: LogThrottle::lines(FAILURE_LINES_MAX),
        }
    }

    /// What runs.
    #[must_use]
    pub fn handler(&self) -> &Arc<Handler> {
        &self.handler
    }

    /// Its number.
    #[must_use]
    pub fn number(&self) -> Revision {
        self.handler.handler_context().revision
    }

    /// What became of its runs.
    #[must_use]
    pub fn stats(&self) -> &RevisionStats {
        &self.stats
    }
}
