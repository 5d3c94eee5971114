//! A part of a table, behind a lock of its own.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use crate::Value;
use crate::change::NEVER;

/// One entry.
#[derive(Clone, Debug)]
pub(crate) struct Entry {
    pub(crate) value: Value,
    /// Microseconds since 1970; [`NEVER`] for good.
    pub(crate) expires_us: u64,
    /// Changes with every write.
    pub(crate) version: u64,
}

impl Entry {
    /// Whether readers see it. From the moment its time is over they do not, swept or not, as in Kamailio.
    pub(crate) fn is_live(&self, now_us: u64) -> bool {
        self.expires_us > now_us
    }
}

/// What an entry with this key counts against the limits.
pub(crate) fn bytes(key: &str, value: &Value) -> u64 {
    (key.len() as u64).saturating_add(value.bytes())
}

/// Entries, and which of them expires next.
#[derive(Debug, Default)]
pub(crate) struct Shard {
    entries: HashMap<Arc<str>, Entry>,
    /// Entries with an end, by it; those that were listed as expired and are not settled yet are not in it.
    by_end: BTreeMap<(u64, u64), Arc<str>>,
}

impl Shard {
    pub(crate) fn entry(&self, key: &str) -> Option<&Entry> {
        self.entries.get(key)
    }

    pub(crate) fn entries(&self) -> impl Iterator<Item = (&Arc<str>, &Entry)> {
        self.entries.iter()
    }

    /// Writes an entry.
    pub(crate) fn put(&mut self, key: &Arc<str>, entry: Entry) {
        // The key that is there already stays, so that a key is kept once.
        let key = match self.entries.get_key_value(key) {
            Some((known, before)) => {
                self.by_end.remove(&(before.expires_us, before.version));
                Arc::clone(known)
            }
            None => Arc::clone(key),
        };
        if entry.expires_us != NEVER {
            self.by_end
                .insert((entry.expires_us, entry.version), Arc::clone(&key));
        }
        self.entries.insert(key, entry);
    }

    pub(crate) fn remove(&mut self, key: &str) -> Option<Entry> {
        let entry = self.entries.remove(key)?;
        self.by_end.remove(&(entry.expires_us, entry.version));
        Some(entry)
    }

    /// The next entry whose time is over. It stays where it is, invisible, and is not named again.
    pub(crate) fn next_expired(&mut self, now_us: u64) -> Option<(Arc<str>, Entry)> {
        let first = self.by_end.first_entry()?;
        if first.key().0 > now_us {
            return None;
        }
        let key = first.remove();
        let entry = self.entries.get(&key)?.clone();
        Some((key, entry))
    }
}
