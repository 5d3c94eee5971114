//! Which runs are kept.

use std::hash::{DefaultHasher, Hash, Hasher};
use std::sync::Mutex;
use std::sync::PoisonError;

use evroute_event::{EventName, Outcome, Subject};
use evroute_tenant::HandlerId;

use crate::RecordingsConfig;
use crate::rarity::Rarity;
use crate::watched_calls::WatchedCalls;

/// Why a run is kept.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Kept {
    /// It failed.
    Failed,
    /// Somebody watches its call.
    Watched,
    /// It belongs to the share of calls that are kept.
    Sampled,
    /// Its handler seldom decides so.
    Rare,
}

impl Kept {
    /// The word for it.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Failed => "failed",
            Self::Watched => "watched",
            Self::Sampled => "sampled",
            Self::Rare => "rare",
        }
    }
}

/// What decides which runs are kept.
#[derive(Debug)]
pub(crate) struct Selection {
    failed: bool,
    calls_per_million: u64,
    events: Vec<String>,
    rarity: Option<Mutex<Rarity>>,
    pub(crate) watched: WatchedCalls,
}

/// What is known of a run when it begins.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Beginning {
    /// It is kept however it ends.
    Kept(Kept),
    /// That depends on how it ends.
    Open,
    /// It is not kept.
    Passed,
}

impl Selection {
    pub(crate) fn new(config: &RecordingsConfig) -> Self {
        let rare = config.rare_per_hour;
        Self {
            failed: config.failed,
            calls_per_million: u64::from(config.calls_per_million),
            events: config.events.clone(),
            rarity: (rare > 0).then(|| Mutex::new(Rarity::new(rare))),
            watched: WatchedCalls::default(),
        }
    }

    /// Looks at a run that begins at `now_us`.
    pub(crate) fn begin(&self, event: &str, subject: &Subject, now_us: u64) -> Beginning {
        if !self.events.is_empty() && !self.events.iter().any(|wanted| wanted == event) {
            return Beginning::Passed;
        }
        let message = subject.message.as_ref();
        if let Some(call_id) = message.and_then(evroute_sip::Message::call_id) {
            if self.watched.has(call_id, now_us) {
                return Beginning::Kept(Kept::Watched);
            }
            if is_in_share(call_id, self.calls_per_million) {
                return Beginning::Kept(Kept::Sampled);
            }
        }
        if self.failed || self.rarity.is_some() {
            Beginning::Open
        } else {
            Beginning::Passed
        }
    }

    /// Looks at a run that is over. `decision` is the name of its verdict's case.
    pub(crate) fn end(
        &self,
        beginning: Beginning,
        outcome: &Outcome,
        (handler, event, decision): (&HandlerId, EventName, Option<&'static str>),
        now_us: u64,
    ) -> Option<Kept> {
        let has_failed = !matches!(outcome, Outcome::Returned | Outcome::Cancelled);
        if self.failed && has_failed {
            return Some(Kept::Failed);
        }
        if let Beginning::Kept(kept) = beginning {
            return Some(kept);
        }
        let decision = decision?;
        let mut rarity = self
            .rarity
            .as_ref()?
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        let is_rare = rarity.takes(handler, event, decision, now_us);
        is_rare.then_some(Kept::Rare)
    }
}

/// All runs of a call are kept, or none: the Call-ID decides.
fn is_in_share(call_id: &str, calls_per_million: u64) -> bool {
    if calls_per_million == 0 {
        return false;
    }
    let mut hasher = DefaultHasher::new();
    call_id.hash(&mut hasher);
    hasher.finish() % 1_000_000 < calls_per_million
}
