//! A request whose work may be dropped half-way.

use std::sync::Arc;

use evroute_sip::{HeaderName, reason_phrase};
use evroute_transaction_layer::{Reasons, ServerTransaction};

use crate::core::Core;
use crate::local_reply::{self, RETRY_AFTER_SECONDS};

/// A request on its way to a decision. Where the work on it is dropped, since too much waits
/// already, its sender is answered 503 with Retry-After, instead of waiting for an answer that
/// nobody works on.
pub(crate) struct ResponseGuard {
    core: Arc<Core>,
    transaction: Arc<ServerTransaction>,
    is_disarmed: bool,
}

impl ResponseGuard {
    /// From here on the request is somebody's work.
    pub(crate) const fn new(core: Arc<Core>, transaction: Arc<ServerTransaction>) -> Self {
        Self {
            core,
            transaction,
            is_disarmed: false,
        }
    }

    /// It was answered, forwarded or dropped.
    pub(crate) fn disarm(mut self) {
        self.is_disarmed = true;
    }
}

impl Drop for ResponseGuard {
    fn drop(&mut self) {
        if self.is_disarmed {
            return;
        }
        if self.transaction.request.get().is_none() {
            return;
        }
        let later = [(HeaderName::RetryAfter, RETRY_AFTER_SECONDS.to_owned())];
        let answer = local_reply::make(
            &self.core,
            &self.transaction,
            503,
            reason_phrase(503),
            &later,
        );
        if let Some(answer) = answer {
            // Handlers are not asked: there is no room for more work.
            if let Err(error) = self
                .core
                .layer
                .respond(self.transaction.id, 503, answer.print())
            {
                let (tenant, call_id) = self.core.about(self.transaction.tenant, &answer);
                tracing::debug!(tenant, call_id, %error, "an answer was not sent");
            }
        }
        // Branches that were sent already ring for nobody.
        if let Some(calling_off) = self.transaction.cancelled(Reasons::default()) {
            self.core.layer.tasks().start(calling_off);
        }
    }
}
