//! One table.

use std::collections::{BTreeMap, BTreeSet};
use std::hash::{BuildHasher, RandomState};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use crate::change::{Change, end};
use crate::room::{Growth, Room};
use crate::shard::{Entry, Shard, bytes};
use crate::{Error, TableConfig, Value};

/// How many parts a table has; those who write different parts do not wait for each other.
const SHARDS: usize = 16;

/// One table of one tenant. Kamailio's `$sht(name=>...)`.
///
/// Times are microseconds since 1970 that the caller hands in; the table has no clock. Locks are held for map operations
/// only. Keys and values are the tenant's, so keys are hashed with a secret of the table: nobody can choose keys that
/// collide.
#[derive(Debug)]
pub struct Table {
    name: Arc<str>,
    config: TableConfig,
    shards: Box<[Mutex<Shard>]>,
    hasher: RandomState,
    versions: AtomicU64,
    room: Room,
    /// What all tables of the tenant share.
    shared_room: Arc<Room>,
}

/// An entry whose time is over, as it was when it was found. It is still there, and invisible, until
/// [`Table::settle`] decides what becomes of it.
#[derive(Debug)]
#[must_use = "an expired entry counts against the limits until it is settled"]
pub struct ExpiredEntry {
    /// The key.
    pub key: Arc<str>,
    /// The value.
    pub value: Value,
    version: u64,
}

/// What becomes of an expired entry.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Settlement {
    /// It goes.
    Remove,
    /// It lives for so many seconds more, from now; 0 removes it.
    Extend(u32),
}

/// One row of [`Table::dump`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Row {
    /// The key.
    pub key: Arc<str>,
    /// The value.
    pub value: Value,
    /// How many seconds it has left, rounded up; none for an entry that lives for good.
    pub seconds_left: Option<u64>,
}

impl Table {
    pub(crate) fn new(config: TableConfig, shared_room: Arc<Room>) -> Self {
        Self {
            name: config.name.as_str().into(),
            room: Room::new(config.entries_max, u64::MAX),
            config,
            shards: (0..SHARDS).map(|_| Mutex::default()).collect(),
            hasher: RandomState::new(),
            versions: AtomicU64::new(0),
            shared_room,
        }
    }

    /// The name.
    #[must_use]
    pub fn name(&self) -> &Arc<str> {
        &self.name
    }

    /// What the operator said about it.
    #[must_use]
    pub fn config(&self) -> &TableConfig {
        &self.config
    }

    /// How many entries it has, those that are expired and not settled included.
    #[must_use]
    pub fn entries(&self) -> u64 {
        self.room.entries()
    }

    /// How many octets its keys and values have.
    #[must_use]
    pub fn bytes(&self) -> u64 {
        self.room.bytes()
    }

    /// The value of an entry; none when there is none or its time is over.
    #[must_use]
    pub fn get(&self, key: &str, now_us: u64) -> Option<Value> {
        self.with_entry(key, |entry| {
            entry
                .filter(|entry| entry.is_live(now_us))
                .map(|entry| entry.value.clone())
        })
    }

    /// The entries that are there now, at most `limit` of them, by key.
    #[must_use]
    pub fn dump(&self, now_us: u64, limit: usize) -> Vec<Row> {
        let mut rows = Vec::new();
        for shard in &self.shards {
            let shard = lock(shard);
            let live = shard.entries().filter(|(_, entry)| entry.is_live(now_us));
            rows.extend(live.map(|(key, entry)| Row {
                key: Arc::clone(key),
                value: entry.value.clone(),
                seconds_left: seconds_left(entry.expires_us, now_us),
            }));
        }
        rows.sort_by(|a, b| a.key.cmp(&b.key));
        rows.truncate(limit);
        rows
    }

    /// Entries whose time is over, at most `limit` of them. Each is named once: whoever asks must settle it.
    pub fn expired(&self, now_us: u64, limit: usize) -> Vec<ExpiredEntry> {
        let mut found = Vec::new();
        for shard in &self.shards {
            let mut shard = lock(shard);
            while found.len() < limit
                && let Some((key, entry)) = shard.next_expired(now_us)
            {
                let (value, version) = (entry.value, entry.version);
                found.push(ExpiredEntry {
                    key,
                    value,
                    version,
                });
            }
        }
        found
    }

    /// Carries out what was decided about an expired entry, and says whether it did: an entry that was written or removed
    /// since it was found is another one, and nothing is done.
    #[allow(
        clippy::needless_pass_by_value,
        reason = "an expired entry is settled once"
    )]
    pub fn settle(&self, expired: ExpiredEntry, settlement: Settlement, now_us: u64) -> bool {
        let mut shard = lock(self.shard(&expired.key));
        let found = shard
            .entry(&expired.key)
            .filter(|e| e.version == expired.version);
        let Some(entry) = found else { return false };
        match settlement {
            Settlement::Remove | Settlement::Extend(0) => {
                let size = bytes(&expired.key, &entry.value);
                shard.remove(&expired.key);
                self.count(Growth::between(Some(size), None));
            }
            Settlement::Extend(seconds) => {
                let entry = Entry {
                    value: entry.value.clone(),
                    expires_us: end(now_us, seconds),
                    version: self.next_version(),
                };
                shard.put(&expired.key, entry);
            }
        }
        true
    }

    /// Reads an entry, expired or not, under its lock.
    pub(crate) fn with_entry<T>(&self, key: &str, read: impl FnOnce(Option<&Entry>) -> T) -> T {
        read(lock(self.shard(key)).entry(key))
    }

    /// By how much a change would make the table larger now.
    pub(crate) fn growth(&self, key: &str, change: &Change, now_us: u64) -> Growth {
        self.with_entry(key, |before| {
            self.growth_from(key, before, change, now_us).0
        })
    }

    /// Whether there is room for so much now.
    pub(crate) fn fits(&self, growth: Growth) -> bool {
        self.room.fits(growth) && self.shared_room.fits(growth)
    }

    /// Sets room aside.
    pub(crate) fn reserve(&self, need: Growth) -> Result<(), Error> {
        self.room.reserve(need)?;
        let shared = self.shared_room.reserve(need);
        if shared.is_err() {
            self.room.change(Growth::default().minus(need));
        }
        shared
    }

    /// Counts what has been done.
    pub(crate) fn count(&self, growth: Growth) {
        self.room.change(growth);
        self.shared_room.change(growth);
    }

    /// Carries changes out, all at one moment, and says by how much the table grew; counting it is the caller's, who may
    /// have set room aside.
    pub(crate) fn apply(&self, changes: &BTreeMap<Arc<str>, Change>, now_us: u64) -> Growth {
        // Locked in the order of their places, always: two who write the same parts cannot wait for each other.
        let places: BTreeSet<usize> = changes.keys().map(|key| self.place(key)).collect();
        let shards = places
            .iter()
            .filter_map(|place| Some((*place, self.shards.get(*place)?)));
        let mut locked: BTreeMap<usize, MutexGuard<'_, Shard>> =
            shards.map(|(place, shard)| (place, lock(shard))).collect();
        let mut grown = Growth::default();
        for (key, change) in changes {
            if let Some(shard) = locked.get_mut(&self.place(key)) {
                grown = grown.plus(self.apply_one(shard, key, change, now_us));
            }
        }
        grown
    }

    fn apply_one(&self, shard: &mut Shard, key: &Arc<str>, change: &Change, now_us: u64) -> Growth {
        let (growth, result) = self.growth_from(key, shard.entry(key), change, now_us);
        match result {
            Some((value, expires_us)) => {
                let version = self.next_version();
                shard.put(
                    key,
                    Entry {
                        value,
                        expires_us,
                        version,
                    },
                );
            }
            // Nothing is taken from the sweeper: what is expired is still to be told.
            None if shard.entry(key).is_some_and(|entry| entry.is_live(now_us)) => {
                shard.remove(key);
            }
            None => {}
        }
        growth
    }

    fn growth_from(
        &self,
        key: &str,
        before: Option<&Entry>,
        change: &Change,
        now_us: u64,
    ) -> (Growth, crate::change::Become) {
        let result = change.result(before, &self.config, now_us);
        let size = before.map(|entry| bytes(key, &entry.value));
        let after = match &result {
            Some((value, _)) => Some(bytes(key, value)),
            None => size.filter(|_| before.is_some_and(|entry| !entry.is_live(now_us))),
        };
        (Growth::between(size, after), result)
    }

    fn next_version(&self) -> u64 {
        self.versions.fetch_add(1, Ordering::Relaxed)
    }

    fn place(&self, key: &str) -> usize {
        // Of a hash of 64 bits the highest four; the maps use the lowest of hashes of their own.
        usize::try_from(self.hasher.hash_one(key) >> 60).unwrap_or_default() % SHARDS
    }

    #[allow(
        clippy::indexing_slicing,
        reason = "a place is below the number of shards"
    )]
    fn shard(&self, key: &str) -> &Mutex<Shard> {
        &self.shards[self.place(key)]
    }
}

/// Seconds until then, rounded up; none for [`crate::change::NEVER`].
pub(crate) fn seconds_left(expires_us: u64, now_us: u64) -> Option<u64> {
    let left = (expires_us != crate::change::NEVER).then(|| expires_us.saturating_sub(now_us));
    left.map(|us| us.div_ceil(1_000_000))
}

/// A panic while a shard is locked cannot leave it half-written: every change of a map is one call.
fn lock(shard: &Mutex<Shard>) -> MutexGuard<'_, Shard> {
    shard.lock().unwrap_or_else(PoisonError::into_inner)
}
