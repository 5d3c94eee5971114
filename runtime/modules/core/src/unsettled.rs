//! A request whose work may be given up half-way.

use std::sync::Arc;

use evroute_module_tm::{Reasons, ServerSide};
use evroute_sip::{HeaderName, reason_phrase};

use crate::core::Core;
use crate::local_reply::{self, RETRY_AFTER_SECONDS};

/// A request on its way to a decision. Where the work on it is given up, since too much waits already, its sender is
/// told to come back later, instead of waiting for an answer that nobody works on.
pub(crate) struct Unsettled {
    core: Arc<Core>,
    side: Arc<ServerSide>,
    is_settled: bool,
}

impl Unsettled {
    /// From here on the request is somebody's work.
    pub(crate) const fn new(core: Arc<Core>, side: Arc<ServerSide>) -> Self {
        Self {
            core,
            side,
            is_settled: false,
        }
    }

    /// It was answered, forwarded or dropped.
    pub(crate) fn settled(mut self) {
        self.is_settled = true;
    }
}

impl Drop for Unsettled {
    fn drop(&mut self) {
        if self.is_settled {
            return;
        }
        if self.side.request.get().is_none() {
            return;
        }
        let later = [(HeaderName::RetryAfter, RETRY_AFTER_SECONDS.to_owned())];
        let answer = local_reply::make(&self.core, &self.side, 503, reason_phrase(503), &later);
        if let Some(answer) = answer {
            // Handlers are not asked: there is no room for more work.
            if let Err(error) = self.core.layer.respond(self.side.id, 503, answer.print()) {
                let (tenant, call_id) = self.core.about(self.side.tenant, &answer);
                tracing::debug!(tenant, call_id, %error, "an answer was not sent");
            }
        }
        // Branches that were sent already ring for nobody.
        if let Some(calling_off) = self.side.cancelled(Reasons::default()) {
            self.core.layer.tasks().start(calling_off);
        }
    }
}
