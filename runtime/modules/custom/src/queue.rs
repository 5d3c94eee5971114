//! Between raising and handling: one bounded queue.

use evroute_event::{Cause, Port, Quota};
use tokio::sync::mpsc;

use crate::events::CustomEvent;

/// An event on its way.
#[derive(Debug)]
pub struct Queued {
    /// Whose, and how deep.
    pub cause: Cause,
    /// The event.
    pub event: CustomEvent,
}

/// Where events are put. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Queue(mpsc::Sender<Queued>);

/// The module's state for one tenant: the way into the queue.
#[derive(Clone, Debug)]
pub struct CustomTenant {
    /// The queue of the server.
    pub queue: Queue,
}

impl Queue {
    /// A queue for `events_queued_max` events, and its other end for [`drain`].
    #[must_use]
    pub fn new(events_queued_max: usize) -> (Self, mpsc::Receiver<Queued>) {
        let (sender, receiver) = mpsc::channel(events_queued_max.max(1));
        (Self(sender), receiver)
    }

    /// Puts an event in.
    ///
    /// # Errors
    /// [`Quota::TenantState`] when the queue is full or the server stops.
    pub fn put(&self, cause: Cause, event: CustomEvent) -> Result<(), Quota> {
        self.0
            .try_send(Queued { cause, event })
            .map_err(|_| Quota::TenantState)
    }

    /// Keeps a place for one event, until it is used or dropped: a run that found room for what it raises does not lose
    /// it to another run before its verdict.
    pub(crate) fn reserve(&self) -> Result<Place, Quota> {
        self.0
            .clone()
            .try_reserve_owned()
            .map(Place)
            .map_err(|_| Quota::TenantState)
    }
}

/// A place in the queue.
pub(crate) struct Place(mpsc::OwnedPermit<Queued>);

impl Place {
    /// Puts the event in.
    pub(crate) fn put(self, cause: Cause, event: CustomEvent) {
        self.0.send(Queued { cause, event });
    }
}

/// Raises what is put into the queue, in order, until the queue is dropped.
pub async fn drain(mut queue: mpsc::Receiver<Queued>, port: Port<CustomEvent>) {
    while let Some(Queued { cause, event }) = queue.recv().await {
        if port.is_handled(cause.tenant) {
            port.emit(cause, event).await;
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::{Arc, Mutex};

    use evroute_event::testing::Recorder;
    use evroute_tenant::TenantIndex;

    use super::*;

    fn event(name: &str) -> CustomEvent {
        CustomEvent::new(name, Vec::new(), 1).unwrap()
    }

    #[tokio::test]
    async fn queued_events_are_raised_in_order_and_a_full_queue_refuses() {
        let seen = Arc::new(Mutex::new(Vec::new()));
        let recorder = Recorder::new();
        let notes = Arc::clone(&seen);
        recorder.handles::<CustomEvent>(move |event| {
            notes.lock().unwrap().push(event.name().to_owned())
        });
        let (queue, receiver) = Queue::new(2);
        let cause = Cause::outside(TenantIndex::new(0));
        let place = queue.reserve().unwrap();
        place.put(cause, event("a"));
        queue.put(cause, event("b")).unwrap();
        assert_eq!(queue.put(cause, event("c")), Err(Quota::TenantState));
        drop(queue);
        drain(receiver, recorder.emitter().port().unwrap()).await;
        assert_eq!(*seen.lock().unwrap(), ["a", "b"]);
    }
}
