//! Raising events: typed at both ends, erased once in the middle.

use std::any::Any;
use std::collections::BTreeSet;
use std::fmt;
use std::future::Future;
use std::marker::PhantomData;
use std::pin::Pin;
use std::sync::Arc;

use evroute_tenant::TenantIndex;

use crate::{
    Cause, Event, EventIndex, EventName, FailPolicy, Payload, PinnedHandlers, Subscribed, Verdict,
};

/// A verdict whose type only the event knows.
pub type AnyVerdict = Box<dyn Any + Send>;

/// Where events go: the dispatcher in the server, a recorder in tests.
pub trait Sink: Send + Sync {
    /// The place of an event in the sink's list; none if the sink has never heard of it.
    fn index(&self, name: EventName) -> Option<EventIndex>;

    /// Whether any handler of this tenant listens. Costs a bitmap test.
    fn is_handled(&self, tenant: TenantIndex, event: EventIndex) -> bool;

    /// Which events of this name a tenant's handlers listen to now. The next deploy may change it.
    /// Without subscriptions by third segment it is all or nothing.
    fn subscribed(&self, tenant: TenantIndex, event: EventIndex) -> Subscribed {
        match self.is_handled(tenant, event) {
            true => Subscribed::Every,
            false => Subscribed::Only(BTreeSet::new()),
        }
    }

    /// Asks the handlers. Called only where [`Sink::is_handled`] is true.
    fn raise(&self, event: EventIndex, cause: Cause, payload: Box<dyn Payload>) -> Raised;

    /// The handlers of a tenant as they are in force now. A sink whose handlers do not change has
    /// nothing to hold.
    fn pin(&self, tenant: TenantIndex) -> PinnedHandlers {
        let _ = tenant;
        PinnedHandlers::default()
    }

    /// As [`Sink::is_handled`], by handlers that were held.
    fn is_handled_by(&self, by: &PinnedHandlers, tenant: TenantIndex, event: EventIndex) -> bool {
        let _ = by;
        self.is_handled(tenant, event)
    }

    /// As [`Sink::raise`], to handlers that were held.
    fn raise_to(
        &self,
        to: &PinnedHandlers,
        event: EventIndex,
        cause: Cause,
        payload: Box<dyn Payload>,
    ) -> Raised {
        let _ = to;
        self.raise(event, cause, payload)
    }
}

/// What came of raising an event.
pub enum Raised {
    /// The handlers ran to their end on the spot (the synchronous lane).
    Done(Answer),
    /// A handler waits for I/O (the async lane); the answer comes later.
    Pending(Pin<Box<dyn Future<Output = Answer> + Send>>),
}

impl fmt::Debug for Raised {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Done(_) => "Done",
            Self::Pending(_) => "Pending",
        })
    }
}

/// The event, with committed edits, and what was decided.
pub struct Answer {
    /// The event as it came back.
    pub payload: Box<dyn Payload>,
    /// The verdict, always of the event's own type; none when no handler ran after all.
    pub verdict: Option<AnyVerdict>,
}

/// Hands out ports. Cheap to clone.
#[derive(Clone)]
pub struct Emitter {
    sink: Arc<dyn Sink>,
}

/// An event that the sink does not know: a mistake in the list of modules, found at start.
#[derive(Debug, thiserror::Error)]
#[error("event {0} is raised by a module but not in the list of events")]
pub struct UnknownEvent(pub EventName);

impl Emitter {
    /// An emitter into this sink.
    #[must_use]
    pub fn new(sink: Arc<dyn Sink>) -> Self {
        Self { sink }
    }

    /// The port for one type of event, looked up once.
    ///
    /// # Errors
    /// [`UnknownEvent`] when the sink's list lacks it.
    pub fn port<E: Event>(&self) -> Result<Port<E>, UnknownEvent> {
        let index = self.sink.index(E::NAME).ok_or(UnknownEvent(E::NAME))?;
        Ok(Port {
            sink: Arc::clone(&self.sink),
            index,
            event: PhantomData,
        })
    }
}

impl fmt::Debug for Emitter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Emitter")
    }
}

/// Where events of one type are raised.
pub struct Port<E> {
    sink: Arc<dyn Sink>,
    index: EventIndex,
    event: PhantomData<fn(E)>,
}

impl<E> Clone for Port<E> {
    fn clone(&self) -> Self {
        Self {
            sink: Arc::clone(&self.sink),
            index: self.index,
            event: PhantomData,
        }
    }
}

impl<E> fmt::Debug for Port<E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Port({})", self.index.position())
    }
}

impl<E: Event> Port<E> {
    /// Whether anybody listens. Ask this before building the event: an event that nobody handles
    /// must cost next to nothing.
    #[must_use]
    pub fn is_handled(&self, tenant: TenantIndex) -> bool {
        self.sink.is_handled(tenant, self.index)
    }

    /// Which third segments somebody listens to now.
    #[must_use]
    pub fn subscribed(&self, tenant: TenantIndex) -> Subscribed {
        self.sink.subscribed(tenant, self.index)
    }

    /// The handlers of a tenant as they are in force now: events that are raised to them meet the
    /// same revisions, whatever is deployed between. To be held for as long as one message is on
    /// its way to them, since it keeps revisions that are out of force.
    #[must_use]
    pub fn pin(&self, tenant: TenantIndex) -> PinnedHandlers {
        self.sink.pin(tenant)
    }

    /// Whether any of the handlers that are held listens.
    #[must_use]
    pub fn is_handled_by(&self, by: &PinnedHandlers, tenant: TenantIndex) -> bool {
        self.sink.is_handled_by(by, tenant, self.index)
    }

    /// As [`Port::emit`], to handlers that are held.
    pub async fn emit_to(&self, to: &PinnedHandlers, cause: Cause, event: E) -> (E, E::Verdict) {
        if !self.is_handled_by(to, cause.tenant) {
            let verdict = E::Verdict::on_failure(FailPolicy::Open);
            return (event, verdict);
        }
        let answer = match self.sink.raise_to(to, self.index, cause, Box::new(event)) {
            Raised::Done(answer) => answer,
            Raised::Pending(later) => later.await,
        };
        Self::unpack(answer)
    }

    /// Raises the event and waits for the verdict.
    ///
    /// The event comes back with the edits of all runs that returned a verdict. The future is ready
    /// at once when all handlers are in the synchronous lane. Hold no lock across it.
    pub async fn emit(&self, cause: Cause, event: E) -> (E, E::Verdict) {
        if !self.is_handled(cause.tenant) {
            let verdict = E::Verdict::on_failure(FailPolicy::Open);
            return (event, verdict);
        }
        let answer = match self.sink.raise(self.index, cause, Box::new(event)) {
            Raised::Done(answer) => answer,
            Raised::Pending(later) => later.await,
        };
        Self::unpack(answer)
    }

    #[allow(
        clippy::expect_used,
        reason = "the sink returns the payload it was given; anything else is a bug in this program, not input"
    )]
    fn unpack(answer: Answer) -> (E, E::Verdict) {
        let event = *answer
            .payload
            .into_any()
            .downcast::<E>()
            .expect("payload of the raised type");
        let verdict = match answer.verdict {
            Some(verdict) => *verdict.downcast().expect("verdict of the raised type"),
            None => E::Verdict::on_failure(FailPolicy::Open),
        };
        (event, verdict)
    }
}
