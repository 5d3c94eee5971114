//! Runs that are cut off.

use std::sync::Arc;
use std::time::Instant;

use evroute_event::{EventIndex, EventName, Outcome};
use evroute_sandbox::Used;

use crate::subscription::Subscription;
use crate::{Observer, RunRecord};

/// A run that others do not wait for on the spot, until it is over. Dropped before, it was
/// cancelled: the server stops, or whoever raised the event is gone.
pub(crate) struct Unfinished<'a> {
    subscription: &'a Subscription,
    observer: &'a Arc<dyn Observer>,
    name: EventName,
    event: EventIndex,
    begun: Instant,
    is_over: bool,
}

impl<'a> Unfinished<'a> {
    pub(crate) fn new(
        subscription: &'a Subscription,
        observer: &'a Arc<dyn Observer>,
        name: EventName,
        event: EventIndex,
        begun: Instant,
    ) -> Self {
        Self {
            subscription,
            observer,
            name,
            event,
            begun,
            is_over: false,
        }
    }

    /// It came to its end.
    pub(crate) fn over(mut self) {
        self.is_over = true;
    }
}

impl Drop for Unfinished<'_> {
    fn drop(&mut self) {
        if self.is_over {
            return;
        }
        let handler_context = self.subscription.handler().handler_context();
        let stats = self.subscription.revision.stats();
        stats.count(self.subscription.place, &Outcome::Cancelled, 0, None);
        self.observer.ran(&RunRecord {
            handler_context,
            event: self.name,
            index: self.event,
            subject: None,
            verdict: None,
            outcome: &Outcome::Cancelled,
            used: Used::default(),
            seed: None,
            took: self.begun.elapsed(),
        });
        let (tenant, handler) = (
            handler_context.tenant.id.as_str(),
            handler_context.handler.as_str(),
        );
        let event = self.name.as_str();
        tracing::info!(tenant, event, handler, outcome = %Outcome::Cancelled, "run cancelled");
    }
}
