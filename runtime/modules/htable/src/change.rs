//! What a run wants to become of one entry.

use crate::shard::Entry;
use crate::{TableConfig, Value};

/// Microseconds since 1970 that never come: an entry that lives for good.
pub(crate) const NEVER: u64 = u64::MAX;

/// When a lifetime of so many seconds that begins now is over; 0 means for good.
pub(crate) fn end(now_us: u64, seconds: u32) -> u64 {
    if seconds == 0 {
        NEVER
    } else {
        now_us.saturating_add(u64::from(seconds) * 1_000_000)
    }
}

/// What is done to the value.
#[derive(Clone, Debug)]
pub(crate) enum Operation {
    /// It becomes this.
    Set(Value),
    /// The entry goes.
    Remove,
    /// This is added to it.
    Add {
        /// How much.
        delta: i64,
        /// What the run saw as the sum: what the entry becomes if it is no number any more.
        seen: i64,
    },
    /// It stays.
    Keep,
}

/// What a run wants to become of one entry, whatever others do to it meanwhile.
#[derive(Clone, Debug)]
pub(crate) struct Change {
    pub(crate) operation: Operation,
    /// How long it lives from now, in seconds; 0 for good; none for what the table says.
    pub(crate) lifetime: Option<u32>,
    /// Whether the run has removed what was there before.
    pub(crate) afresh: bool,
}

/// What an entry is after a change: its value and when it expires.
pub(crate) type Become = Option<(Value, u64)>;

impl Change {
    /// What becomes of an entry. `before` is what is there now, expired or not.
    pub(crate) fn result(
        &self,
        before: Option<&Entry>,
        config: &TableConfig,
        now_us: u64,
    ) -> Become {
        let before = before.filter(|entry| entry.is_live(now_us) && !self.afresh);
        let explicit = self.lifetime.map(|seconds| end(now_us, seconds));
        let own = end(now_us, config.expire_seconds);
        match &self.operation {
            Operation::Remove => None,
            Operation::Keep => {
                before.map(|entry| (entry.value.clone(), explicit.unwrap_or(entry.expires_us)))
            }
            Operation::Set(value) => {
                let kept = before
                    .filter(|_| !config.update_expire)
                    .map(|e| e.expires_us);
                Some((value.clone(), explicit.or(kept).unwrap_or(own)))
            }
            Operation::Add { delta, seen } => {
                let sum = match before.map(|entry| &entry.value) {
                    None => *delta,
                    Some(Value::Int(number)) => number.saturating_add(*delta),
                    Some(Value::Text(_) | Value::Octets(_)) => *seen,
                };
                let kept = before.filter(|_| !config.counting_restarts());
                let kept = kept.map(|entry| entry.expires_us);
                Some((Value::Int(sum), explicit.or(kept).unwrap_or(own)))
            }
        }
    }
}
