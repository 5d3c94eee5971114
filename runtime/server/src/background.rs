//! What runs by the clock or by a queue, beside messages.

use evroute_clock::now_us;
use evroute_event::{Emitter, UnknownEvent};
use evroute_module_api::{LiveTenant, OwnRequests, Start, TenantState, Work};
use std::sync::Arc;
use tokio_util::task::TaskTracker;

use crate::Shutdown;
use crate::tenants::LivePart;

/// Work of a tenant's modules, not started yet. Each part's ends by itself when the part's end
/// begins, after the run that is under way.
#[derive(Default)]
pub(crate) struct Background {
    /// What is asked before the tenant is served.
    pub(crate) questions: Vec<Start>,
    /// What runs from then on.
    works: Vec<Work>,
}

impl Background {
    /// That of the parts that are new.
    pub(crate) fn new(
        state: &TenantState,
        parts: &[LivePart],
        emitter: &Emitter,
        requests: &Arc<dyn OwnRequests>,
    ) -> Result<Self, UnknownEvent> {
        let mut background = Self::default();
        for one in parts.iter().filter(|one| one.is_new) {
            let live = LiveTenant {
                id: state.id.clone(),
                index: state.index,
                emitter: emitter.clone(),
                clock: now_us,
                draining: one.draining.clone(),
                requests: Arc::clone(requests),
            };
            background
                .questions
                .extend(Arc::clone(&one.part).start(&live)?);
            background
                .works
                .extend(Arc::clone(&one.part).background(&live)?);
        }
        Ok(background)
    }

    /// Starts the work, once the tenant is served. It ends at the latest when waiting for what is
    /// under way is over. `tasks` counts what is the tenant's.
    pub(crate) fn start(self, shutdown: &Shutdown, tasks: &TaskTracker) {
        for work in self.works {
            let cutting = shutdown.cutting().clone();
            let work = async move {
                cutting.run_until_cancelled(work).await;
            };
            shutdown.tasks().spawn(tasks.track_future(work));
        }
    }
}
