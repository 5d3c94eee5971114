//! The words that a configuration may use because some module brings them.

use evroute_module_api::Naming;
use evroute_tenant::{GrantMode, Grants};

use crate::modules;

/// An event that takes an event filter.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct EventWord {
    /// The part before the event filter: `htable:expired`, `custom:event`, `timer`.
    pub name: &'static str,
    /// What the third segment names, so that a name that does not exist is found at start.
    pub filter: Naming,
}

/// What this server's modules offer to a configuration.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Vocabulary {
    /// Words that grants may begin with.
    pub grants: Vec<&'static str>,
    /// Those of them that take a label, and what it names.
    pub labels: Vec<(&'static str, Naming)>,
    /// Those that can be given for reading only.
    pub readable: Vec<&'static str>,
    /// Events that take a third segment.
    pub events: Vec<EventWord>,
}

impl Vocabulary {
    /// The words of the modules of this version.
    #[must_use]
    pub fn current() -> Self {
        let word = |binding: &std::sync::Arc<dyn evroute_module_api::EventBinding>| {
            Some(EventWord {
                name: binding.name().as_str(),
                filter: binding.segment()?,
            })
        };
        let labels = modules::MODULES.iter().flat_map(|module| module.labels());
        let readable = modules::MODULES.iter().flat_map(|module| module.readable());
        Self {
            grants: modules::grants(),
            labels: labels.copied().collect(),
            readable: readable.copied().collect(),
            events: modules::bindings().iter().filter_map(word).collect(),
        }
    }

    /// A capability that these grants give for reading only, though it has no such mode.
    pub(crate) fn unreadable<'a>(&self, grants: &'a Grants) -> Option<&'a str> {
        let labelled = grants.labels().map(|(word, _, mode)| (word, mode));
        let mut all = labelled.chain(grants.whole());
        all.find(|(word, mode)| *mode == GrantMode::Read && !self.readable.contains(word))
            .map(|(word, _)| word)
    }

    /// Whether what stands for a label is a mode: what has no labels has its mode in their place.
    pub(crate) fn is_mode(&self, word: &str, label: &str) -> bool {
        label == "read" && self.readable.contains(&word)
    }
}
