//! What is in a location table, whatever configuration it is under.

use std::collections::BTreeSet;
use std::hash::{BuildHasher, RandomState};
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard};

use super::flow_counts::{FlowCounts, LostFlow};
use super::pings::PingState;
use super::record::{Changed, Entry, Record};
use super::saved::{Pending, Saved, Undo};
use super::shard::Shard;
use super::{ExpiredBinding, Update, not_kept};
use crate::aor::Aor;
use crate::config::Config;
use crate::contact_change::ContactChange;
use crate::contact_listener::ContactListener;
use crate::error::RegisterError;
use crate::location_store::{LocationStore, NotStored, StoredLocation, StoringRow};
use crate::timestamp::Timestamp;

/// Locks per table. Registrations of different users seldom wait for each other.
const SHARDS: usize = 16;

/// What is in a location table.
#[derive(Debug)]
pub(super) struct Contents {
    pub(super) shards: [RwLock<Shard>; SHARDS],
    pub(super) hasher: RandomState,
    /// Contacts in all shards.
    contacts: AtomicUsize,
    /// No contact ends before; [`u64::MAX`] when there is none.
    next_expiry: AtomicU64,
    /// No contact is pinged before; [`u64::MAX`] when none is.
    pub(super) next_ping: AtomicU64,
    pub(super) flow_counts: FlowCounts,
    store: RwLock<Option<Arc<dyn LocationStore>>>,
    listener: RwLock<Option<ContactListener>>,
}

impl Default for Contents {
    fn default() -> Self {
        Self {
            shards: Default::default(),
            hasher: RandomState::new(),
            contacts: AtomicUsize::new(0),
            next_expiry: AtomicU64::new(u64::MAX),
            next_ping: AtomicU64::new(u64::MAX),
            flow_counts: FlowCounts::default(),
            store: RwLock::new(None),
            listener: RwLock::new(None),
        }
    }
}

impl Contents {
    pub(super) fn len(&self) -> usize {
        self.contacts.load(Ordering::Relaxed)
    }

    /// From now on changes are kept here. The answer is where they were before.
    pub(super) fn keep_in(
        &self,
        store: Option<Arc<dyn LocationStore>>,
    ) -> Option<Arc<dyn LocationStore>> {
        let mut now = self.store.write().unwrap_or_else(PoisonError::into_inner);
        std::mem::replace(&mut *now, store)
    }

    /// Takes in what was kept.
    pub(super) fn load(&self, kept: Vec<StoredLocation>) {
        for StoredLocation {
            aor,
            contacts,
            bytes,
        } in kept
        {
            let mut shard = self.write(aor.as_str());
            let mut record = Record {
                row_bytes: Some(bytes),
                ..Record::default()
            };
            for binding in contacts {
                self.ends(binding.expires_at);
                shard.last_number += 1;
                // Whoever was there before a restart is asked at once whether he still is.
                let ping = PingState::new(&binding, None, Timestamp::default());
                if ping.is_some() {
                    self.next_ping.store(0, Ordering::Relaxed);
                }
                record.entries.push(Entry {
                    number: shard.last_number,
                    binding: Arc::new(binding),
                    ping,
                    lost: None,
                });
            }
            record.sort();
            self.contacts
                .fetch_add(record.entries.len(), Ordering::Relaxed);
            shard.replace(&aor, &Record::default(), record);
        }
    }

    /// Hands in every record, each behind what was handed in of it before. Where too much waits
    /// already, it waits as well.
    pub(super) async fn keep_all(&self) -> Result<(), NotStored> {
        let mut last: Option<StoringRow> = None;
        for aor in self.addresses_after(None, usize::MAX) {
            let row = match self.keep(&aor) {
                Ok(row) => row,
                Err(why) => {
                    let Some(before) = last.take() else {
                        return Err(why);
                    };
                    before.kept.await?;
                    self.keep(&aor)?
                }
            };
            last = row.or(last);
        }
        match last {
            Some(last) => last.kept.await,
            None => Ok(()),
        }
    }

    /// Hands in one record as it is.
    fn keep(&self, aor: &Aor) -> Result<Option<StoringRow>, NotStored> {
        let mut shard = self.write(aor.as_str());
        let Some(record) = shard.records.get_mut(aor) else {
            return Ok(None);
        };
        let row = self.put(aor, record)?;
        record.row_bytes = row.as_ref().and_then(|row| row.bytes);
        Ok(row)
    }

    /// Hands in what a record is now. None where nothing is kept.
    fn put(&self, aor: &Aor, record: &Record) -> Result<Option<StoringRow>, NotStored> {
        let store = self.store.read().unwrap_or_else(PoisonError::into_inner);
        let Some(store) = &*store else {
            return Ok(None);
        };
        let row = store.put(aor, &record.by_age(), record.row_bytes)?;
        Ok(Some(row))
    }

    pub(super) fn save(
        &self,
        config: &Config,
        aor: &Aor,
        update: Update,
        now: Timestamp,
    ) -> Result<Saved, RegisterError> {
        let mut shard = self.write(aor.as_str());
        let before = shard.records.get(aor).cloned().unwrap_or_default();
        let changed = before.changed(config, update, now, shard.last_number)?;
        let Changed {
            mut entries,
            changes,
            last_number,
        } = changed;
        let heard_of = |entry: &&mut Entry| entry.number > shard.last_number;
        for entry in entries.iter_mut().filter(heard_of) {
            self.heard_of(config, entry, now);
        }
        let mut after = Record {
            entries,
            row_bytes: before.row_bytes,
            version: before.version,
        };
        self.reserve(
            before.entries.len(),
            after.entries.len(),
            config.contacts_max,
        )?;
        let row = self.put(aor, &after).map_err(|why| {
            self.count(after.entries.len(), before.entries.len());
            not_kept(&why)
        })?;
        after.row_bytes = row.as_ref().and_then(|row| row.bytes);
        shard.last_number = last_number;
        let registered = after.live(now);
        for entry in &after.entries {
            self.ends(entry.binding.expires_at);
        }
        let version = shard.replace(aor, &before, after);
        let aor = aor.clone();
        Ok(Saved {
            registered,
            changes,
            pending: row.map(|row| Pending {
                kept: row.kept,
                undo: Undo {
                    aor,
                    version,
                    before,
                },
            }),
        })
    }

    /// Takes back a change that is not kept. What followed it stays, and is kept or not by itself.
    pub(super) fn take_back(&self, undo: Undo) {
        let Undo {
            aor,
            version,
            before,
        } = undo;
        let mut shard = self.write(aor.as_str());
        let now = shard.records.get(&aor).cloned();
        if now.as_ref().is_some_and(|now| now.version != version) {
            return;
        }
        let now = now.unwrap_or_default();
        self.count(now.entries.len(), before.entries.len());
        for entry in &before.entries {
            self.ends(entry.binding.expires_at);
        }
        // A change that was written, but is not sure to outlive the power, may be on the disk.
        // Nobody was told of it, so nobody waits for this.
        drop(self.put(&aor, &before));
        shard.replace(&aor, &now, before);
    }

    /// From now on this one is told of changes.
    pub(super) fn listen(&self, listener: ContactListener) {
        let mut now = self
            .listener
            .write()
            .unwrap_or_else(PoisonError::into_inner);
        *now = Some(listener);
    }

    /// Tells whoever listens.
    pub(super) fn tell(&self, changes: Vec<ContactChange>) {
        if changes.is_empty() {
            return;
        }
        let listener = self.listener.read().unwrap_or_else(PoisonError::into_inner);
        if let Some(listener) = &*listener {
            changes.into_iter().for_each(|change| listener.tell(change));
        }
    }

    /// How many changes no handler heard of, since too many waited.
    pub(super) fn events_lost(&self) -> u64 {
        let listener = self.listener.read().unwrap_or_else(PoisonError::into_inner);
        listener.as_ref().map_or(0, ContactListener::lost)
    }

    pub(super) fn expired(&self, now: Timestamp, max: usize) -> Vec<ExpiredBinding> {
        let mut expired = Vec::new();
        if now.seconds() < self.next_expiry.load(Ordering::Relaxed) {
            return expired;
        }
        // Set before looking: what is saved meanwhile lowers it again.
        self.next_expiry.store(u64::MAX, Ordering::Relaxed);
        for shard in &self.shards {
            let mut shard = shard.write().unwrap_or_else(PoisonError::into_inner);
            while expired.len() < max {
                let Some(Entry { binding, lost, .. }) = shard.take_expired(now) else {
                    break;
                };
                self.forget(&mut shard, &binding.aor);
                let lost = lost.map(LostFlow::cause);
                expired.push(ExpiredBinding { binding, lost });
            }
            if let Some(((next, _), _)) = shard.by_expiry.first_key_value() {
                self.ends(*next);
            }
        }
        self.contacts.fetch_sub(expired.len(), Ordering::Relaxed);
        expired
    }

    /// Hands in what is left of a record. Nobody waits for that: what is over is over after a
    /// restart as well, and is taken out then.
    fn forget(&self, shard: &mut Shard, aor: &Aor) {
        let Some(record) = shard.records.get_mut(aor) else {
            return;
        };
        if let Ok(Some(row)) = self.put(aor, record) {
            record.row_bytes = row.bytes;
        }
        if record.entries.is_empty() {
            shard.records.remove(aor);
        }
    }

    pub(super) fn addresses_after(&self, last: Option<&str>, count: usize) -> Vec<Aor> {
        let mut first = BTreeSet::new();
        for shard in &self.shards {
            let shard = shard.read().unwrap_or_else(PoisonError::into_inner);
            let after = shard.records.keys();
            let after = after.filter(|aor| last.is_none_or(|last| aor.as_str() > last));
            for aor in after {
                let is_within = first.len() < count || first.last().is_some_and(|last| aor < last);
                if is_within {
                    first.insert(aor.clone());
                }
                if first.len() > count {
                    first.pop_last();
                }
            }
        }
        first.into_iter().collect()
    }

    /// A contact that ends then.
    pub(super) fn ends(&self, at: Timestamp) {
        self.next_expiry.fetch_min(at.seconds(), Ordering::Relaxed);
    }

    /// Makes room in the tenant's limit, or gives it back.
    fn reserve(&self, before: usize, after: usize, most: usize) -> Result<(), RegisterError> {
        let counted = self
            .contacts
            .fetch_update(Ordering::Relaxed, Ordering::Relaxed, |count| {
                let count = count.saturating_sub(before).saturating_add(after);
                (after <= before || count <= most).then_some(count)
            });
        counted.map(drop).map_err(|_| RegisterError::TableFull)
    }

    fn count(&self, before: usize, after: usize) {
        let change = |count: usize| Some(count.saturating_sub(before).saturating_add(after));
        // It is always changed.
        let _ = self
            .contacts
            .fetch_update(Ordering::Relaxed, Ordering::Relaxed, change);
    }

    pub(super) fn read(&self, aor: &str) -> RwLockReadGuard<'_, Shard> {
        self.shard(aor)
            .read()
            .unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn write(&self, aor: &str) -> RwLockWriteGuard<'_, Shard> {
        // Nothing between lock and unlock panics half-way through a change.
        self.shard(aor)
            .write()
            .unwrap_or_else(PoisonError::into_inner)
    }

    fn shard(&self, aor: &str) -> &RwLock<Shard> {
        let [first, ..] = &self.shards;
        let hash = usize::try_from(self.hasher.hash_one(aor) >> 32).unwrap_or(0);
        self.shards.get(hash % SHARDS).unwrap_or(first)
    }
}
