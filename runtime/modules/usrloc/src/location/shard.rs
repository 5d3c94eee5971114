//! A part of the location table behind one lock.

use std::collections::{BTreeMap, HashMap};

use super::by_connection::ByConnection;
use super::record::{Entry, Record};
use crate::aor::Aor;
use crate::timestamp::Timestamp;

/// A part of the location table behind one lock.
#[derive(Debug, Default)]
pub(super) struct Shard {
    pub(super) records: HashMap<Aor, Record>,
    /// By end, then by number: what to look at when time has passed.
    pub(super) by_expiry: BTreeMap<(Timestamp, u64), Aor>,
    pub(super) by_connection: ByConnection,
    /// By the time of the next ping, then by number; none of those that are not pinged.
    pub(super) by_ping: BTreeMap<(Timestamp, u64), Aor>,
    pub(super) last_number: u64,
    last_version: u64,
}

impl Shard {
    /// Puts a record in the place of the one before. The answer is its version.
    pub(super) fn replace(&mut self, aor: &Aor, before: &Record, mut after: Record) -> u64 {
        for entry in &before.entries {
            self.by_expiry
                .remove(&(entry.binding.expires_at, entry.number));
            self.by_connection.remove(entry);
            if let Some(ping) = entry.ping {
                self.by_ping.remove(&(ping.next_at, entry.number));
            }
        }
        for entry in &after.entries {
            self.by_expiry
                .insert((entry.binding.expires_at, entry.number), aor.clone());
            self.by_connection.add(entry);
            if let Some(ping) = entry.ping {
                self.by_ping
                    .insert((ping.next_at, entry.number), aor.clone());
            }
        }
        self.last_version += 1;
        after.version = self.last_version;
        if after.entries.is_empty() {
            self.records.remove(aor);
        } else {
            self.records.insert(aor.clone(), after);
        }
        self.last_version
    }

    /// Takes out a contact whose time is over.
    pub(super) fn take_expired(&mut self, now: Timestamp) -> Option<Entry> {
        let first = self.by_expiry.first_entry()?;
        let &(expires_at, number) = first.key();
        if expires_at > now {
            return None;
        }
        let aor = first.remove();
        let record = self.records.get_mut(&aor)?;
        let mut entries = record.entries.iter();
        let at = entries.position(|entry| entry.number == number)?;
        let entry = record.entries.remove(at);
        self.by_connection.remove(&entry);
        if let Some(ping) = entry.ping {
            self.by_ping.remove(&(ping.next_at, number));
        }
        self.last_version += 1;
        record.version = self.last_version;
        Some(entry)
    }
}
