//! The shape of an event.

use std::any::Any;

use crate::{EventName, FailPolicy, Subject};

/// Something an `event_route` could catch: one type per event.
pub trait Event: Send + 'static {
    /// Its name.
    const NAME: EventName;

    /// What a handler decides; `()` when there is nothing to decide.
    type Verdict: Verdict;

    /// The third segment of the event's name, when it has one: the table of
    /// `htable:expired:<table>`.
    fn filter(&self) -> Option<&str> {
        None
    }

    /// What the event is about.
    fn subject(&self) -> &Subject;

    /// What the event is about, to take edits back.
    fn subject_mut(&mut self) -> &mut Subject;
}

/// What a handler decides about an event.
pub trait Verdict: Send + 'static {
    /// What it may be, one word each; [`Verdict::case`] is a place in this list. Counters are named
    /// by them.
    const CASES: &'static [&'static str];

    /// Which of [`Verdict::CASES`] this is.
    fn case(&self) -> usize;

    /// What it carries beside its case, as cases of `evroute test` write it behind the word: the
    /// `403 Forbidden` of `reject 403 Forbidden`. None where the word says all.
    fn carries(&self) -> Option<String> {
        None
    }

    /// The verdict that stands in for a run that failed. [`FailPolicy::Open`] gives what happens
    /// without any handler.
    fn on_failure(policy: FailPolicy) -> Self;

    /// The verdict that answers a request with this status code (300 to 699); none where nothing is
    /// answered.
    fn rejection(code: u16) -> Option<Self>
    where
        Self: Sized,
    {
        let _ = code;
        None
    }

    /// Whether the next handler of the same event is asked after this verdict. True for the verdict
    /// that carries on; a handler that decided otherwise has the last word.
    fn is_continue(&self) -> bool;

    /// Whether it counts even where the run's effects could not be committed. True for a refusal:
    /// what a handler forbids must not come to pass because a table is full. False for what says
    /// that something was done.
    fn counts_without_effects(&self) -> bool {
        !self.is_continue()
    }
}

/// There is nothing to decide.
impl Verdict for () {
    const CASES: &'static [&'static str] = &["done"];

    fn case(&self) -> usize {
        0
    }

    fn on_failure(_: FailPolicy) {}

    fn is_continue(&self) -> bool {
        true
    }
}

/// Writes [`Event`] for a struct with a field `subject`: `event!(Expired: "htable:expired" ->
/// ExpiredVerdict);`. A filter is a field too, with a text that outlives the call: `event!(Timer:
/// "timer" -> (), filter name);`.
#[macro_export]
macro_rules! event {
    ($event:ty: $name:literal -> $verdict:ty $(, filter $filter:ident)?) => {
        impl $crate::Event for $event {
            const NAME: $crate::EventName = $crate::EventName::new($name);
            type Verdict = $verdict;

            $(fn filter(&self) -> Option<&str> {
                Some(&self.$filter)
            })?

            fn subject(&self) -> &$crate::Subject {
                &self.subject
            }

            fn subject_mut(&mut self) -> &mut $crate::Subject {
                &mut self.subject
            }
        }
    };
}

/// An event whose type is known only to those who raised it and those who hand it to a guest.
pub trait Payload: Any + Send {
    /// See [`Event::filter`].
    fn filter(&self) -> Option<&str>;
    /// See [`Event::subject`].
    fn subject(&self) -> &Subject;
    /// See [`Event::subject_mut`].
    fn subject_mut(&mut self) -> &mut Subject;
    /// For the one downcast on each side.
    fn as_any(&self) -> &dyn Any;
    /// For the one downcast on each side.
    fn as_any_mut(&mut self) -> &mut dyn Any;
    /// For the one downcast on each side.
    fn into_any(self: Box<Self>) -> Box<dyn Any + Send>;
}

impl<E: Event> Payload for E {
    fn filter(&self) -> Option<&str> {
        Event::filter(self)
    }
    fn subject(&self) -> &Subject {
        Event::subject(self)
    }
    fn subject_mut(&mut self) -> &mut Subject {
        Event::subject_mut(self)
    }
    fn as_any(&self) -> &dyn Any {
        self
    }
    fn as_any_mut(&mut self) -> &mut dyn Any {
        self
    }
    fn into_any(self: Box<Self>) -> Box<dyn Any + Send> {
        self
    }
}
