//! What a module tells a tenant's handlers of: beside what happened, so that nobody waits for them.

use std::sync::{Mutex, MutexGuard, PoisonError};

use evroute_event::{Cause, Event, UnknownEvent};
use tokio::sync::mpsc;

use crate::{EventQueue, LiveTenant, QueuedEvent, QuotaRefusals, Work, raise_queued};

/// A bounded queue of a tenant, with its other end until somebody raises what comes, and with how
/// much found no room.
#[derive(Debug)]
pub struct EventReports<E> {
    queue: EventQueue<E>,
    waiting: Mutex<Option<mpsc::Receiver<QueuedEvent<E>>>>,
    refused: QuotaRefusals,
}

impl<E: Send + 'static> EventReports<E> {
    /// So many of them may wait.
    #[must_use]
    pub fn new(events_queued_max: u32) -> Self {
        let (queue, waiting) = EventQueue::new(events_queued_max);
        Self {
            queue,
            waiting: Mutex::new(Some(waiting)),
            refused: QuotaRefusals::new(),
        }
    }

    /// Puts one in. One that finds no room, or comes when the tenant stops, is counted. When a line
    /// of the log is due about that: how many there were since the last one.
    #[must_use]
    pub fn put(&self, cause: Cause, report: E) -> Option<u64> {
        match self.queue.put(cause, report) {
            Ok(()) => None,
            Err(_) => self.refused.refuse(),
        }
    }

    /// How many found no room.
    #[must_use]
    pub fn lost(&self) -> u64 {
        self.refused.count()
    }

    /// Whether something waits.
    #[must_use]
    pub fn is_waiting(&self) -> bool {
        self.queue.is_waiting()
    }

    /// Those that wait, which are not raised then.
    #[must_use]
    pub fn taken(&self) -> Vec<E> {
        let mut waiting = self.waiting();
        let next = || waiting.as_mut()?.try_recv().ok();
        let queued = std::iter::from_fn(next);
        queued.map(|queued| queued.event).collect()
    }

    /// The work of raising them by `raise` until the tenant drains; none where it is done already.
    pub fn raise_by<R>(
        &self,
        tenant: &LiveTenant,
        raise: impl FnMut(Cause, E) -> R + Send + 'static,
    ) -> Vec<Work>
    where
        R: Future<Output = ()> + Send + 'static,
    {
        let Some(waiting) = self.waiting().take() else {
            return Vec::new();
        };
        let stop = tenant.draining.clone().cancelled_owned();
        vec![Box::pin(raise_queued(
            tenant.id.clone(),
            waiting,
            stop,
            raise,
        ))]
    }

    fn waiting(&self) -> MutexGuard<'_, Option<mpsc::Receiver<QueuedEvent<E>>>> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl<E: Event> EventReports<E> {
    /// The work of raising them until the tenant drains; none where it is done already.
    ///
    /// # Errors
    /// [`UnknownEvent`] when the event is not in the server's list.
    pub fn raise(&self, tenant: &LiveTenant) -> Result<Vec<Work>, UnknownEvent> {
        let port = tenant.emitter.port::<E>()?;
        Ok(self.raise_by(tenant, move |cause, event| {
            let port = port.clone();
            async move {
                port.emit(cause, event).await;
            }
        }))
    }
}
