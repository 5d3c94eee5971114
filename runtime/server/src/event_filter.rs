//! Which third segments of its events a handler is asked about.

use evroute_dispatch::{Dispatcher, Filter};
use evroute_event::EventIndex;

use crate::HandlerConfig;

/// The third segments that a handler wants: those of the configuration, and of an event that it
/// does not name those that the component says it has blocks for.
pub(crate) fn subscription_filter(
    handler: &HandlerConfig,
    declared: &[String],
    dispatcher: &Dispatcher,
) -> Filter {
    let written = handler.filters.iter();
    let mut only: Vec<_> = written
        .filter_map(|wanted| Some((dispatcher.find(wanted.event)?, wanted.filter.clone())))
        .collect();
    let names: Vec<_> = declared
        .iter()
        .filter_map(|name| segment(name, dispatcher))
        .collect();
    for (event, third) in &names {
        let is_written = handler
            .filters
            .iter()
            .any(|wanted| dispatcher.find(wanted.event) == Some(*event));
        // A block for every third segment takes the others' too.
        let is_open = names
            .iter()
            .any(|(other, third)| other == event && third.is_empty());
        if !is_written && !is_open {
            only.push((*event, third.clone()));
        }
    }
    Filter::new(only)
}

/// An event by its full name, and the third segment in it; empty where it has none.
fn segment(name: &str, dispatcher: &Dispatcher) -> Option<(EventIndex, String)> {
    if let Some(event) = dispatcher.find(name) {
        return Some((event, String::new()));
    }
    let mut colons = name.match_indices(':').map(|(at, _)| at);
    colons.find_map(|at| {
        let (event, third) = (name.get(..at)?, name.get(at + 1..)?);
        Some((dispatcher.find(event)?, third.to_owned()))
    })
}
