//! The words that a configuration may use because some module brings them.

use evroute_event::{Event, EventName};
use evroute_module_custom::events::CustomEvent;
use evroute_module_htable::events::Expired;
use evroute_module_timer::events::Timer;
use strsim::levenshtein;

use crate::modules;

/// An event that takes a third segment.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct EventWord {
    /// The part before the third segment: `htable:expired`, `custom:event`, `timer`.
    pub name: &'static str,
    /// What the third segment names, so that a name that does not exist is found at start.
    pub filter: FilterKind,
}

/// What an event's third segment names.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum FilterKind {
    /// A table of the tenant.
    Table,
    /// A timer of the tenant.
    Timer,
    /// Whatever operators and handlers choose.
    Free,
}

/// What this server's modules offer to a configuration.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Vocabulary {
    /// Words that grants may begin with.
    pub grants: Vec<&'static str>,
    /// Events that take a third segment.
    pub events: Vec<EventWord>,
}

impl Vocabulary {
    /// The words of the modules of this version.
    #[must_use]
    pub fn current() -> Self {
        let word = |name: EventName, filter| EventWord {
            name: name.as_str(),
            filter,
        };
        Self {
            grants: modules::grants(),
            events: vec![
                word(Expired::NAME, FilterKind::Table),
                word(Timer::NAME, FilterKind::Timer),
                word(CustomEvent::NAME, FilterKind::Free),
            ],
        }
    }
}

/// The known word that is nearest to what was written, if it is near enough to be what was meant.
pub(super) fn nearest<'a>(
    written: &str,
    known: impl IntoIterator<Item = &'a str>,
) -> Option<&'a str> {
    let begun = |word: &&str| written.len() >= 4 && word.starts_with(written);
    let near = |word: &&str| begun(word) || levenshtein(written, word) <= 1 + written.len() / 4;
    known
        .into_iter()
        .filter(near)
        .min_by_key(|word| levenshtein(written, word))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_slip_of_the_finger_is_recognised() {
        let known = ["component", "grants", "limits"];
        assert_eq!(nearest("componant", known), Some("component"));
        assert_eq!(nearest("grant", known), Some("grants"));
        assert_eq!(nearest("comp", known), Some("component"));
        assert_eq!(nearest("zzz", known), None);
    }
}
