//! What goes wrong for many reasons, each of which has its line in the log.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};
use std::time::Instant;

use evroute_log_throttle::LogThrottle;

/// Reasons that are told apart; peers may have a say in their words, so that those that are more
/// share a line.
const REASONS_MAX: usize = 64;

/// The most of a reason that is told, in bytes: what names a peer's certificate has is its say.
const REASON_BYTES_MAX: usize = 256;

/// A throttle for each reason, so that a frequent one hides no other.
#[derive(Debug, Default)]
pub(crate) struct Reasons {
    known: Mutex<HashMap<Box<str>, LogThrottle>>,
    others: LogThrottle,
}

/// What went wrong, as it is told.
pub(crate) fn told(error: &dyn std::fmt::Display) -> String {
    let mut text = error.to_string();
    if text.len() > REASON_BYTES_MAX {
        let mut ends = (0..=REASON_BYTES_MAX).rev();
        let end = ends.find(|end| text.is_char_boundary(*end));
        text.truncate(end.unwrap_or(0));
        text.push_str("...");
    }
    text
}

impl Reasons {
    /// It happened for this reason. When a line is due: how often since the last one.
    pub(crate) fn happened(&self, why: &str) -> Option<u64> {
        let now = Instant::now();
        let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(throttle) = known.get(why) {
            return throttle.happened(now);
        }
        if known.len() >= REASONS_MAX {
            return self.others.happened(now);
        }
        known.entry(why.into()).or_default().happened(now)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_long_reason_is_cut_between_characters() {
        assert_eq!(told(&"x"), "x");
        let long = format!("{}\u{e4}", "x".repeat(REASON_BYTES_MAX - 1));
        let cut = format!("{}...", "x".repeat(REASON_BYTES_MAX - 1));
        assert_eq!(told(&long), cut);
    }

    #[test]
    fn each_reason_is_told_and_those_that_are_too_many_share_a_line() {
        let reasons = Reasons::default();
        for number in 0..REASONS_MAX {
            assert_eq!(reasons.happened(&number.to_string()), Some(1));
        }
        assert_eq!(reasons.happened("0"), None, "a moment ago");
        assert_eq!(reasons.happened("one more"), Some(1));
        assert_eq!(reasons.happened("another"), None);
    }
}
