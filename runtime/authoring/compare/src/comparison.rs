//! What came of comparing two revisions.

use evroute_fuzz::{SourcePlace, Turn};

/// So many events of a group are named.
pub(crate) const EXAMPLES_MAX: usize = 5;

/// What came of all events.
#[derive(Clone, Default, Debug)]
pub struct RevisionComparison {
    /// How many events were run in both revisions.
    pub events: u64,
    /// How many of them end as before.
    pub same: u64,
    /// Those that end differently, the largest group first.
    pub groups: Vec<Group>,
    /// Those of which nobody knows how they would end, the largest group first.
    pub unclear: Vec<Unclear>,
    /// When the first of the events that both revisions ended happened, and the last, microseconds
    /// since 1970.
    pub time_us: Option<[u64; 2]>,
    /// Fuel of all events that both revisions ended: the old one's, and the new one's.
    pub fuel: [u64; 2],
}

/// Events that end differently, and in the same way.
#[derive(Clone, PartialEq, Debug)]
pub struct Group {
    /// How they end in the old revision: a verdict, or an outcome where there is none.
    pub from: String,
    /// How they end in the new one.
    pub to: String,
    /// By what that is told: the verdict, the outcome, a header field.
    pub differences: Vec<String>,
    /// How many they are.
    pub count: u64,
    /// Their fuel, in the old revision and in the new one.
    pub fuel: [u64; 2],
    /// Where that was decided, if it can be told.
    pub decision: Option<Decision>,
    /// Some of them.
    pub examples: Vec<String>,
}

/// Events that were not run to their end in both revisions.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Unclear {
    /// What keeps them from it, as the end of a sentence that begins with the event.
    pub why: String,
    /// How many they are.
    pub count: u64,
    /// Some of them.
    pub examples: Vec<String>,
}

/// Which revision.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Side {
    /// The one before the change.
    Old,
    /// The one after it.
    New,
}

/// A branch that the events of a group take one way, and others the other way.
#[derive(Clone, PartialEq, Debug)]
pub struct Decision {
    /// In which revision.
    pub side: Side,
    /// Where in its source.
    pub place: SourcePlace,
    /// Which way the group takes.
    pub turn: Turn,
    /// The share of the group that takes it, 0 to 1.
    pub within: f64,
    /// The share of the other events that take it, 0 to 1.
    pub without: f64,
}

impl RevisionComparison {
    /// How many events end differently.
    #[must_use]
    pub fn different(&self) -> u64 {
        self.groups.iter().map(|group| group.count).sum()
    }

    /// How many events nobody knows the end of.
    #[must_use]
    pub fn unclear(&self) -> u64 {
        self.unclear.iter().map(|unclear| unclear.count).sum()
    }
}

impl Side {
    /// As people read it.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Old => "old",
            Self::New => "new",
        }
    }
}
