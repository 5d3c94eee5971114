//! From a refusal to the handlers that are told of it: beside the request's way, so that whoever
//! guesses passwords waits for no handler.

use std::sync::{Arc, Mutex, PoisonError};

use evroute_event::{Cause, UnknownEvent};
use evroute_module_api::{EventQueue, LiveTenant, QueuedEvent, QuotaRefusals, Work, raise_queued};
use evroute_tenant::TenantId;
use tokio::sync::mpsc;

use crate::events::RegistrarAuthFailed;

/// The tenant's queue of `registrar:auth-failed`.
#[derive(Debug)]
pub(crate) struct FailureReports {
    queue: EventQueue<RegistrarAuthFailed>,
    /// The way out, until somebody drains it.
    waiting: Mutex<Option<mpsc::Receiver<QueuedEvent<RegistrarAuthFailed>>>>,
    refused: QuotaRefusals,
}

impl FailureReports {
    /// So many of them may wait.
    pub(crate) fn new(events_queued_max: u32) -> Self {
        let (queue, waiting) = EventQueue::new(events_queued_max);
        Self {
            queue,
            waiting: Mutex::new(Some(waiting)),
            refused: QuotaRefusals::new(),
        }
    }

    /// Puts one in. One that finds no room is counted and logged.
    pub(crate) fn report(&self, tenant: &TenantId, cause: Cause, failed: RegistrarAuthFailed) {
        if self.queue.put(cause, failed).is_ok() {
            return;
        }
        if let Some(times) = self.refused.refuse() {
            tracing::warn!(
                tenant = tenant.as_str(),
                times,
                "handlers are not told of users that were not authenticated, since too many of \
                 these events wait, or the tenant stops; handle registrar:auth-failed faster, or \
                 raise events_queued_max in [tenant.quota]"
            );
        }
    }

    /// How many found no room.
    pub(crate) fn lost(&self) -> u64 {
        self.refused.count()
    }

    /// Those that wait.
    #[cfg(test)]
    pub(crate) fn taken(&self) -> Vec<RegistrarAuthFailed> {
        let mut waiting = self.waiting.lock().unwrap_or_else(PoisonError::into_inner);
        let waiting = waiting.as_mut();
        let next = |waiting: &mut mpsc::Receiver<QueuedEvent<_>>| waiting.try_recv().ok();
        waiting.map_or_else(Vec::new, |waiting| {
            std::iter::from_fn(|| next(waiting))
                .map(|queued| queued.event)
                .collect()
        })
    }

    /// Raises them until the tenant drains.
    pub(crate) fn drain(&self, tenant: &LiveTenant) -> Result<Vec<Work>, UnknownEvent> {
        let mut waiting = self.waiting.lock().unwrap_or_else(PoisonError::into_inner);
        let Some(waiting) = waiting.take() else {
            return Ok(Vec::new());
        };
        let stop = tenant.draining.clone().cancelled_owned();
        let port = Arc::new(tenant.emitter.port::<RegistrarAuthFailed>()?);
        let raise = move |cause: Cause, failed| {
            let port = Arc::clone(&port);
            async move {
                port.emit(cause, failed).await;
            }
        };
        let work = raise_queued(tenant.id.clone(), waiting, stop, raise);
        Ok(vec![Box::pin(work)])
    }
}
