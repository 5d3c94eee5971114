//! Between what happens and the handlers that are asked about it: one bounded queue of a tenant.

use std::pin::pin;

use evroute_event::{Cause, LimitKind};
use evroute_tenant::TenantId;
use tokio::sync::mpsc;

/// An event on its way.
#[derive(Debug)]
pub struct QueuedEvent<E> {
    /// Whose, and how deep.
    pub cause: Cause,
    /// The event.
    pub event: E,
}

/// Where events are put that are raised one after another, by [`raise_queued`]. Cheap to clone.
#[derive(Debug)]
pub struct EventQueue<E>(mpsc::Sender<QueuedEvent<E>>);

impl<E> Clone for EventQueue<E> {
    fn clone(&self) -> Self {
        Self(self.0.clone())
    }
}

impl<E> EventQueue<E> {
    /// A queue for `events_queued_max` events, and its other end.
    #[must_use]
    pub fn new(events_queued_max: u32) -> (Self, mpsc::Receiver<QueuedEvent<E>>) {
        let most = usize::try_from(events_queued_max).unwrap_or(usize::MAX);
        let (sender, receiver) = mpsc::channel(most.max(1));
        (Self(sender), receiver)
    }

    /// Puts an event in.
    ///
    /// # Errors
    /// [`LimitKind::EventsQueued`] when the queue is full or the server stops.
    pub fn put(&self, cause: Cause, event: E) -> Result<(), LimitKind> {
        self.0
            .try_send(QueuedEvent { cause, event })
            .map_err(|_| LimitKind::EventsQueued)
    }

    /// Keeps a place for one event, until it is used or dropped: a run that found room for what it
    /// raises does not lose it to another run before its verdict.
    ///
    /// # Errors
    /// As [`EventQueue::put`].
    pub fn reserve(&self) -> Result<QueuePlace<E>, LimitKind> {
        self.0
            .clone()
            .try_reserve_owned()
            .map(QueuePlace)
            .map_err(|_| LimitKind::EventsQueued)
    }

    /// Whether something waits.
    #[must_use]
    pub fn is_waiting(&self) -> bool {
        self.0.capacity() < self.0.max_capacity()
    }
}

/// A place in an [`EventQueue`].
#[derive(Debug)]
pub struct QueuePlace<E>(mpsc::OwnedPermit<QueuedEvent<E>>);

impl<E> QueuePlace<E> {
    /// Puts the event in.
    pub fn put(self, cause: Cause, event: E) {
        self.0.send(QueuedEvent { cause, event });
    }
}

/// Raises what is put into a queue, in order, until the queue is dropped or `stop` is ready. A run
/// that is under way then is not cut off; what still waits is not raised any more, and how much
/// that is is logged for `tenant`'s operator.
pub async fn raise_queued<E, R: Future<Output = ()>>(
    tenant: TenantId,
    mut queue: mpsc::Receiver<QueuedEvent<E>>,
    stop: impl Future<Output = ()>,
    mut raise: impl FnMut(Cause, E) -> R,
) {
    let mut stop = pin!(stop);
    loop {
        let next = tokio::select! {
            biased;
            () = &mut stop => break,
            next = queue.recv() => next,
        };
        let Some(QueuedEvent { cause, event }) = next else {
            return;
        };
        raise(cause, event).await;
    }
    queue.close();
    if !queue.is_empty() {
        let (tenant, events) = (tenant.as_str(), queue.len());
        tracing::warn!(
            tenant,
            events,
            "the server stops; events that were raised are not handled"
        );
    }
}
