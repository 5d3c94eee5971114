//! Between raising and handling: one bounded queue.

use std::pin::pin;
use std::sync::{Arc, Mutex, PoisonError};

use evroute_event::{Cause, LimitKind, Port, UnknownEvent};
use evroute_module_api::{LiveTenant, TenantPart, Work};
use evroute_tenant::TenantId;
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

/// The module's state for one tenant.
#[derive(Debug)]
pub struct CustomTenant {
    /// The way into the queue.
    pub queue: Queue,
    /// The way out, until somebody drains it.
    waiting: Mutex<Option<mpsc::Receiver<Queued>>>,
}

impl CustomTenant {
    /// A queue for so many events, drained in the background.
    #[must_use]
    pub fn new(events_queued_max: usize) -> Self {
        let (queue, waiting) = Queue::new(events_queued_max);
        Self {
            waiting: Mutex::new(Some(waiting)),
            ..Self::of(queue)
        }
    }

    /// With a queue that somebody else drains.
    #[must_use]
    pub fn of(queue: Queue) -> Self {
        Self {
            queue,
            waiting: Mutex::default(),
        }
    }
}

impl TenantPart for CustomTenant {
    fn in_memory(&self) -> Option<&'static str> {
        Some("custom events that are queued")
    }

    /// What was put into the queue is raised.
    fn background(self: Arc<Self>, tenant: &LiveTenant) -> Result<Vec<Work>, UnknownEvent> {
        let mut waiting = self.waiting.lock().unwrap_or_else(PoisonError::into_inner);
        let Some(waiting) = waiting.take() else {
            return Ok(Vec::new());
        };
        let stop = tenant.draining.clone().cancelled_owned();
        let port = tenant.emitter.port()?;
        Ok(vec![Box::pin(drain(
            tenant.id.clone(),
            waiting,
            port,
            stop,
        ))])
    }
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
    /// [`LimitKind::EventsQueued`] when the queue is full or the server stops.
    pub fn put(&self, cause: Cause, event: CustomEvent) -> Result<(), LimitKind> {
        self.0
            .try_send(Queued { cause, event })
            .map_err(|_| LimitKind::EventsQueued)
    }

    /// Keeps a place for one event, until it is used or dropped: a run that found room for what it
    /// raises does not lose it to another run before its verdict.
    pub(crate) fn reserve(&self) -> Result<Place, LimitKind> {
        self.0
            .clone()
            .try_reserve_owned()
            .map(Place)
            .map_err(|_| LimitKind::EventsQueued)
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

/// Raises what is put into the queue, in order, until the queue is dropped or `stop` is ready. A
/// run that is under way then is not cut off; what still waits is not raised any more, and how much
/// that is is logged for `tenant`'s operator.
pub async fn drain(
    tenant: TenantId,
    mut queue: mpsc::Receiver<Queued>,
    port: Port<CustomEvent>,
    stop: impl Future<Output = ()>,
) {
    let mut stop = pin!(stop);
    loop {
        let next = tokio::select! {
            biased;
            () = &mut stop => break,
            next = queue.recv() => next,
        };
        let Some(Queued { cause, event }) = next else {
            return;
        };
        if port.is_handled(cause.tenant) {
            port.emit(cause, event).await;
        }
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

#[cfg(test)]
mod tests {
    use evroute_event::testing::Recorder;
    use evroute_event::{Answer, Emitter, EventIndex, EventName, Payload, Raised, Sink};
    use evroute_tenant::TenantIndex;
    use std::future::pending;
    use tokio::sync::Notify;

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
        assert_eq!(queue.put(cause, event("c")), Err(LimitKind::EventsQueued));
        drop(queue);
        let port = recorder.emitter().port().unwrap();
        drain("demo".parse().unwrap(), receiver, port, pending()).await;
        assert_eq!(*seen.lock().unwrap(), ["a", "b"]);
    }

    /// Handlers that wait until they are released.
    #[derive(Default)]
    struct Waits(Arc<(Notify, Mutex<usize>)>);

    impl Sink for Waits {
        fn index(&self, _: EventName) -> Option<EventIndex> {
            EventIndex::new(0)
        }
        fn is_handled(&self, _: TenantIndex, _: EventIndex) -> bool {
            true
        }
        fn raise(&self, _: EventIndex, _: Cause, payload: Box<dyn Payload>) -> Raised {
            let gate = Arc::clone(&self.0);
            Raised::Pending(Box::pin(async move {
                gate.0.notified().await;
                *gate.1.lock().unwrap() += 1;
                let verdict = Some(Box::new(()) as _);
                Answer { payload, verdict }
            }))
        }
    }

    #[tokio::test]
    async fn a_stop_lets_the_run_under_way_end_and_raises_no_other() {
        let sink = Waits::default();
        let gate = Arc::clone(&sink.0);
        let port = Emitter::new(Arc::new(sink)).port().unwrap();
        let (queue, receiver) = Queue::new(3);
        let cause = Cause::outside(TenantIndex::new(0));
        for name in ["a", "b", "c"] {
            queue.put(cause, event(name)).unwrap();
        }
        let stop = Notify::new();
        let draining = drain("demo".parse().unwrap(), receiver, port, stop.notified());
        let stopping = async {
            tokio::task::yield_now().await;
            stop.notify_one();
            tokio::task::yield_now().await;
            gate.0.notify_one();
        };
        tokio::join!(draining, stopping);
        assert_eq!(*gate.1.lock().unwrap(), 1);
        assert_eq!(queue.put(cause, event("d")), Err(LimitKind::EventsQueued));
    }
}
