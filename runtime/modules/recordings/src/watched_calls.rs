//! The calls that somebody watches.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};

/// How many calls of a tenant are watched at the same time.
pub(crate) const WATCHED_MAX: usize = 32;
/// How long a Call-ID may be that is watched, in bytes.
pub(crate) const CALL_ID_BYTES_MAX: usize = 1024;

/// Call-IDs, each until a time.
#[derive(Default, Debug)]
pub(crate) struct WatchedCalls {
    /// What runs look at first: nearly always nobody watches.
    how_many: AtomicUsize,
    calls: Mutex<Vec<(String, u64)>>,
}

/// There are [`WATCHED_MAX`] already.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
#[error("{WATCHED_MAX} calls are watched already; wait until one of them is over")]
pub(crate) struct TooMany;

impl WatchedCalls {
    /// Watches a call until `until_us`.
    pub(crate) fn add(&self, call_id: &str, until_us: u64, now_us: u64) -> Result<(), TooMany> {
        let mut calls = self.calls.lock().unwrap_or_else(PoisonError::into_inner);
        calls.retain(|(known, until)| known != call_id && *until > now_us);
        let has_room = calls.len() < WATCHED_MAX;
        if has_room {
            calls.push((call_id.to_owned(), until_us));
        }
        self.how_many.store(calls.len(), Ordering::Relaxed);
        if has_room { Ok(()) } else { Err(TooMany) }
    }

    pub(crate) fn has(&self, call_id: &str, now_us: u64) -> bool {
        if self.how_many.load(Ordering::Relaxed) == 0 {
            return false;
        }
        let calls = self.calls.lock().unwrap_or_else(PoisonError::into_inner);
        let mut calls = calls.iter();
        calls.any(|(known, until)| known == call_id && *until > now_us)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_call_is_watched_until_its_time() {
        let watched = WatchedCalls::default();
        watched.add("a@b", 10, 0).unwrap();
        let seen =
            [("a@b", 9), ("a@b", 10), ("other", 1)].map(|(call, now)| watched.has(call, now));
        assert_eq!(seen, [true, false, false]);
    }

    #[test]
    fn what_is_over_makes_room() {
        let watched = WatchedCalls::default();
        for number in 0..WATCHED_MAX {
            watched.add(&number.to_string(), 10, 0).unwrap();
        }
        assert_eq!(watched.add("one more", 20, 5), Err(TooMany));
        watched.add("3", 20, 5).unwrap();
        watched.add("one more", 20, 10).unwrap();
        assert!(watched.has("one more", 15) && watched.has("3", 15));
    }
}
