//! Between raising and handling: one bounded queue.

use std::sync::{Arc, Mutex, PoisonError};

use evroute_event::{Cause, LimitKind, Port, UnknownEvent};
use evroute_module_api::{
    EventQueue, LiveTenant, QueuePlace, QueuedEvent, QuotaRefusals, TenantPart, Work, raise_queued,
};
use evroute_tenant::TenantId;
use tokio::sync::mpsc;

use crate::events::CustomEvent;

/// Where custom events are put.
pub type Queue = EventQueue<CustomEvent>;

/// A custom event on its way.
pub type Queued = QueuedEvent<CustomEvent>;

/// The module's state for one tenant.
#[derive(Debug)]
pub struct CustomTenant {
    queue: Queue,
    refused: QuotaRefusals,
    /// For the log; none of a queue beside a server.
    id: Option<TenantId>,
    /// The way out, until somebody drains it.
    waiting: Mutex<Option<mpsc::Receiver<Queued>>>,
}

impl CustomTenant {
    /// A queue for so many events, drained in the background.
    #[must_use]
    pub fn new(events_queued_max: u32) -> Self {
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
            refused: QuotaRefusals::new(),
            id: None,
            waiting: Mutex::default(),
        }
    }

    /// Whose it is, for the log.
    #[must_use]
    pub fn of_tenant(mut self, id: &TenantId) -> Self {
        self.id = Some(id.clone());
        self
    }

    /// Keeps a place for an event.
    ///
    /// # Errors
    /// [`LimitKind::EventsQueued`] when the queue is full, or the tenant stops; counted.
    pub fn reserve(&self) -> Result<QueuePlace<CustomEvent>, LimitKind> {
        self.queue.reserve().inspect_err(|_| self.refuse())
    }

    /// How many events found no room.
    #[must_use]
    pub fn refused(&self) -> u64 {
        self.refused.count()
    }

    fn refuse(&self) {
        if let (Some(times), Some(id)) = (self.refused.refuse(), &self.id) {
            tracing::warn!(
                tenant = id.as_str(),
                times,
                "custom events are refused, since too many wait, or the tenant stops; handle them \
                 faster, or raise events_queued_max in [tenant.quota]"
            );
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

/// Raises what is put into the queue, as [`raise_queued`] does.
async fn drain(
    tenant: TenantId,
    queue: mpsc::Receiver<Queued>,
    port: Port<CustomEvent>,
    stop: impl Future<Output = ()>,
) {
    let raise = |cause: Cause, event| {
        let port = &port;
        async move {
            port.emit(cause, event).await;
        }
    };
    raise_queued(tenant, queue, stop, raise).await;
}

#[cfg(test)]
mod tests {
    use evroute_event::testing::Recorder;
    use evroute_event::{Answer, Emitter, EventIndex, EventName, LimitKind, Payload, Raised, Sink};
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
