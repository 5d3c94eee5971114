//! What came of requests that somebody had to authenticate.

use std::sync::atomic::{AtomicU64, Ordering};

/// What came of a request that somebody had to authenticate.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum AuthResult {
    /// It brought no answer to a challenge of ours, and was challenged.
    Challenged,
    /// Its sender is known.
    Authenticated,
    /// Its nonce was old, of another source, or of before a restart.
    Stale,
    /// Its nonce was used with this count before.
    Replayed,
    /// The name is not known, or the password is wrong.
    Wrong,
    /// It was not looked at, after too many wrong passwords.
    Blocked,
    /// Its sender is known, and speaks for somebody else.
    Forbidden,
    /// The database of users could not be asked.
    Unavailable,
}

impl AuthResult {
    /// All of them.
    pub const ALL: [Self; 8] = [
        Self::Challenged,
        Self::Authenticated,
        Self::Stale,
        Self::Replayed,
        Self::Wrong,
        Self::Blocked,
        Self::Forbidden,
        Self::Unavailable,
    ];

    /// As a label of metrics and in the log.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Challenged => "challenged",
            Self::Authenticated => "authenticated",
            Self::Stale => "stale",
            Self::Replayed => "replayed",
            Self::Wrong => "wrong",
            Self::Blocked => "blocked",
            Self::Forbidden => "forbidden",
            Self::Unavailable => "unavailable",
        }
    }
}

/// How often requests came to what.
#[derive(Default, Debug)]
pub struct AuthCounts([AtomicU64; AuthResult::ALL.len()]);

impl AuthCounts {
    pub(crate) fn add(&self, result: AuthResult) {
        if let Some(count) = self.of(result) {
            count.fetch_add(1, Ordering::Relaxed);
        }
    }

    /// How often a request came to this.
    #[must_use]
    pub fn get(&self, result: AuthResult) -> u64 {
        self.of(result)
            .map_or(0, |count| count.load(Ordering::Relaxed))
    }

    fn of(&self, result: AuthResult) -> Option<&AtomicU64> {
        let mut counts = AuthResult::ALL.iter().zip(&self.0);
        counts.find_map(|(known, count)| (*known == result).then_some(count))
    }
}
