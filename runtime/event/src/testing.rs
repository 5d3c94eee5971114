//! A sink for tests of modules: it records what was raised and answers as the test says.

use std::pin::Pin;
use std::sync::{Arc, Mutex};

use evroute_tenant::TenantIndex;

use crate::{
    Answer, AnyVerdict, Cause, Emitter, Event, EventIndex, EventName, Payload, Raised, Sink,
};

type Script = Box<dyn FnMut(Box<dyn Payload>) -> Raised + Send>;

/// A verdict that comes later: of a handler that waits.
pub type LaterVerdict<V> = Pin<Box<dyn Future<Output = V> + Send>>;

/// Records the names of raised events and answers with scripted verdicts. Handles every event it
/// was told about, no other.
#[derive(Default)]
pub struct Recorder {
    names: Mutex<Vec<(EventName, Option<Script>)>>,
    raised: Mutex<Vec<(EventName, Cause)>>,
}

impl Recorder {
    /// An empty recorder: no event is handled.
    #[must_use]
    pub fn new() -> Arc<Self> {
        Arc::default()
    }

    /// Knows this event; nobody handles it.
    pub fn knows<E: Event>(&self) {
        lock(&self.names).push((E::NAME, None));
    }

    /// Handles this event with `script`, which may edit it.
    pub fn handles<E: Event>(&self, mut script: impl FnMut(&mut E) -> E::Verdict + Send + 'static) {
        let script: Script = Box::new(move |mut payload| {
            let event = payload.as_any_mut().downcast_mut::<E>();
            let verdict = event.map(|event| Box::new(script(event)) as AnyVerdict);
            Raised::Done(Answer { payload, verdict })
        });
        lock(&self.names).push((E::NAME, Some(script)));
    }

    /// Handles this event with `script`, whose verdict may come later, as that of a handler in the
    /// async lane does.
    pub fn handles_later<E: Event>(
        &self,
        mut script: impl FnMut(&mut E) -> LaterVerdict<E::Verdict> + Send + 'static,
    ) {
        let script: Script = Box::new(move |mut payload| {
            let event = payload.as_any_mut().downcast_mut::<E>();
            let later = event.map(&mut script);
            Raised::Pending(Box::pin(async move {
                let verdict = match later {
                    Some(later) => Some(Box::new(later.await) as AnyVerdict),
                    None => None,
                };
                Answer { payload, verdict }
            }))
        });
        lock(&self.names).push((E::NAME, Some(script)));
    }

    /// An emitter into this recorder.
    #[must_use]
    pub fn emitter(self: &Arc<Self>) -> Emitter {
        Emitter::new(Arc::clone(self) as Arc<dyn Sink>)
    }

    /// What was raised so far, in order.
    #[must_use]
    pub fn raised(&self) -> Vec<EventName> {
        lock(&self.raised).iter().map(|(name, _)| *name).collect()
    }
}

impl Sink for Recorder {
    fn index(&self, name: EventName) -> Option<EventIndex> {
        lock(&self.names)
            .iter()
            .position(|(known, _)| *known == name)
            .and_then(EventIndex::new)
    }

    fn is_handled(&self, _tenant: TenantIndex, event: EventIndex) -> bool {
        lock(&self.names)
            .get(event.position())
            .is_some_and(|(_, script)| script.is_some())
    }

    fn raise(&self, event: EventIndex, cause: Cause, payload: Box<dyn Payload>) -> Raised {
        let mut names = lock(&self.names);
        let Some((name, script)) = names.get_mut(event.position()) else {
            return Raised::Done(Answer {
                payload,
                verdict: None,
            });
        };
        lock(&self.raised).push((*name, cause));
        match script {
            Some(script) => script(payload),
            None => Raised::Done(Answer {
                payload,
                verdict: None,
            }),
        }
    }
}

fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex
        .lock()
        .unwrap_or_else(std::sync::PoisonError::into_inner)
}
