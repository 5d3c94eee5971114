//! What a run does to one entry.

use crate::Stored;

/// When an entry's time is over.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Expiry {
    /// It stays for good.
    Never,
    /// Microseconds since 1970; over from that moment on.
    At(u64),
}

impl Expiry {
    /// So many seconds after `now_us`; 0 seconds are for good, as in Kamailio.
    #[must_use]
    pub fn after(now_us: u64, seconds: u32) -> Self {
        match seconds {
            0 => Self::Never,
            seconds => Self::At(now_us.saturating_add(u64::from(seconds) * 1_000_000)),
        }
    }

    /// Whether the time is over.
    #[must_use]
    pub fn is_expired(self, now_us: u64) -> bool {
        match self {
            Self::Never => false,
            Self::At(at_us) => at_us <= now_us,
        }
    }

    /// How many seconds are left, begun ones counted; 0 for an entry that stays for good
    /// (`$shtex`).
    #[must_use]
    pub fn seconds_left(self, now_us: u64) -> u64 {
        match self {
            Self::Never => 0,
            Self::At(at_us) => at_us.saturating_sub(now_us).div_ceil(1_000_000),
        }
    }
}

/// An entry as a reader sees it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Seen {
    /// What it holds.
    pub value: Stored,
    /// How long.
    pub expiry: Expiry,
}

/// What a run does to one entry: several writes to the same entry become one change.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) enum Change {
    /// It becomes this, whatever it was: the last writer wins.
    Write(Seen),
    /// It goes.
    Remove,
    /// It stays what it is by then, and is changed relative to that.
    Adjust {
        /// Added to its number; a missing entry counts as 0.
        delta: Option<i64>,
        /// Its new expiry; none keeps the one it has.
        expiry: Option<Expiry>,
    },
}

impl Change {
    /// What the entry is afterwards, if `live` is what it is before. An entry whose time is over
    /// counts as none.
    ///
    /// An addition to what has become text since the run added to it leaves the text: its writer
    /// came last.
    pub(crate) fn outcome(&self, live: Option<Seen>) -> Option<Seen> {
        match self {
            Self::Write(seen) => Some(seen.clone()),
            Self::Remove => None,
            Self::Adjust { delta, expiry } => match (live, delta) {
                (None, None) => None,
                (None, Some(delta)) => {
                    let expiry = expiry.unwrap_or(Expiry::Never);
                    Some(Seen {
                        value: Stored::Int(*delta),
                        expiry,
                    })
                }
                (Some(seen), delta) => {
                    let expiry = expiry.unwrap_or(seen.expiry);
                    let value = match (seen.value, delta) {
                        (Stored::Int(number), Some(delta)) => {
                            Stored::Int(number.saturating_add(*delta))
                        }
                        (value, _) => value,
                    };
                    Some(Seen { value, expiry })
                }
            },
        }
    }

    /// Whether it leaves a missing entry as it is.
    pub(crate) fn needs_entry(&self) -> bool {
        matches!(self, Self::Adjust { delta: None, .. })
    }
}
