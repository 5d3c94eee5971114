//! How cases write each event and its verdict.
//!
//! An event that is not in [`kinds`] fails a test: every event of the server can be written in a case.

mod core;
mod htable;
mod plain;
mod tm;

use std::any::Any;

use evroute_event::{EditScope, Event, EventName, Payload, Subject};

use crate::case::Case;
use crate::hop::Hop;
use crate::message::message;

/// An event that cases can write.
pub(crate) trait InCases: Event + Sized {
    /// The event of a case, as its module makes it; a sentence when the case lacks something.
    fn build(case: &Case) -> Result<Self, String>;

    /// A verdict as its word and what it carries.
    fn word(verdict: &Self::Verdict) -> String;
}

/// One event, without its type.
pub(crate) struct Kind {
    pub(crate) name: EventName,
    pub(crate) build: fn(&Case) -> Result<Box<dyn Payload>, String>,
    pub(crate) word: fn(&(dyn Any + Send)) -> Option<String>,
}

/// What a verdict is called that carries nothing.
const DONE: &str = "done";

/// All events.
pub(crate) fn kinds() -> Vec<Kind> {
    [core::kinds(), tm::kinds(), htable::kinds(), plain::kinds()]
        .into_iter()
        .flatten()
        .collect()
}

fn kind<E: InCases>() -> Kind {
    Kind {
        name: E::NAME,
        build: |case| Ok(Box::new(E::build(case)?)),
        word: |verdict| verdict.downcast_ref().map(E::word),
    }
}

/// An event without a message.
fn quiet(case: &Case) -> Subject {
    Subject::at(case.time_us())
}

/// An event about the case's message.
fn about(case: &Case, edits: EditScope) -> Result<Subject, String> {
    Ok(Subject {
        message: Some(message(case)?),
        edits,
        source: Some(case.source.unwrap_or(Hop::SOURCE).end),
        received: Some(case.received.unwrap_or(Hop::RECEIVED).end),
        ..quiet(case)
    })
}

fn missing(what: &str) -> String {
    format!("the case does not say {what}")
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn every_event_of_the_server_can_be_written() {
        let events = evroute_server::MODULES.iter().flat_map(|m| m.events());
        let events: BTreeSet<_> = events
            .map(|binding| binding.name().as_str().to_owned())
            .collect();
        let known: BTreeSet<_> = kinds()
            .iter()
            .map(|kind| kind.name.as_str().to_owned())
            .collect();
        assert_eq!(events, known);
    }
}
