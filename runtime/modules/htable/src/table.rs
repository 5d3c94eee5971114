//! One table.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::hash::{BuildHasher, RandomState};
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use crate::capacity::{Capacity, Growth};
use crate::change::Change;
use crate::events::ExpiredVerdict;
use crate::unkept::UnkeptKeys;
use crate::{Expiry, Seen, Stored, TableConfig};

/// Enough that the workers of a machine seldom meet; a table without entries stays small.
const SHARDS: usize = 16;

/// One table: entries by key, in shards with a lock each. No lock is held beyond a call. It reads
/// no clock.
pub struct Table {
    name: Arc<str>,
    expire_seconds: u32,
    shards: Vec<Mutex<Shard>>,
    hasher: RandomState,
    versions: AtomicU64,
    next_sweep: AtomicUsize,
    capacity: Arc<Capacity>,
    total: Option<Arc<Capacity>>,
    /// Of a table that outlives the server.
    unkept: Option<UnkeptKeys>,
}

#[derive(Default)]
struct Shard {
    entries: HashMap<Arc<str>, Entry>,
    /// Keys by the time their entries are over; entries that stay for good are not in it.
    ends: BTreeSet<(u64, Arc<str>)>,
}

struct Entry {
    seen: Seen,
    /// Different after every write, also when an entry is removed and written again.
    version: u64,
}

/// An entry whose time was over when somebody looked.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct ExpiredEntry {
    /// Its key.
    pub key: Arc<str>,
    /// What it holds.
    pub value: Stored,
    version: u64,
}

/// What came of an expired entry.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum ExpiryResult {
    /// It is gone.
    Removed,
    /// It has a new time to live.
    Extended,
    /// Somebody wrote or removed it meanwhile; it was left alone.
    Conflict,
}

impl Shard {
    fn live(&self, key: &str, now_us: u64) -> Option<Seen> {
        let entry = self.entries.get(key)?;
        (!entry.seen.expiry.is_expired(now_us)).then(|| entry.seen.clone())
    }

    fn put(&mut self, key: Arc<str>, entry: Entry) {
        if let Expiry::At(at_us) = entry.seen.expiry {
            self.ends.insert((at_us, Arc::clone(&key)));
        }
        self.entries.insert(key, entry);
    }

    fn take(&mut self, key: &str) -> Option<(Arc<str>, Entry)> {
        let (key, entry) = self.entries.remove_entry(key)?;
        if let Expiry::At(at_us) = entry.seen.expiry {
            self.ends.remove(&(at_us, Arc::clone(&key)));
        }
        Some((key, entry))
    }
}

impl Table {
    /// An empty table; `total` is room that it shares with others.
    pub(crate) fn new(config: &TableConfig, total: Option<Arc<Capacity>>) -> Self {
        Self {
            name: config.name.as_str().into(),
            expire_seconds: config.expire_seconds,
            shards: (0..SHARDS).map(|_| Mutex::default()).collect(),
            hasher: RandomState::new(),
            versions: AtomicU64::new(0),
            next_sweep: AtomicUsize::new(0),
            capacity: Arc::new(Capacity::new(config.entries_max, config.bytes_max)),
            total,
            unkept: config.persist.then(UnkeptKeys::default),
        }
    }

    /// Its name.
    #[must_use]
    pub fn name(&self) -> &Arc<str> {
        &self.name
    }

    /// How many entries it holds, those included whose time is over and which nobody has removed
    /// yet.
    #[must_use]
    pub fn entries(&self) -> u64 {
        u64::try_from(self.capacity.used().entries).unwrap_or(0)
    }

    /// How many bytes its keys and values have together.
    #[must_use]
    pub fn bytes(&self) -> u64 {
        u64::try_from(self.capacity.used().bytes).unwrap_or(0)
    }

    /// The entry; none when there is none or its time is over.
    #[must_use]
    pub fn get(&self, key: &str, now_us: u64) -> Option<Seen> {
        self.lock(key)?.live(key, now_us)
    }

    /// The first `limit` live entries whose keys come after `after`, sorted by key. A snapshot of
    /// each shard, not of the table.
    #[must_use]
    pub fn dump(&self, limit: usize, after: Option<&str>, now_us: u64) -> Vec<(Arc<str>, Seen)> {
        let mut first = BTreeMap::new();
        for shard in &self.shards {
            let shard = lock(shard);
            let live = shard.entries.iter().filter(|(key, entry)| {
                after.is_none_or(|after| &***key > after) && !entry.seen.expiry.is_expired(now_us)
            });
            for (key, entry) in live {
                first.insert(Arc::clone(key), entry.seen.clone());
                if first.len() > limit {
                    first.pop_last();
                }
            }
        }
        first.into_iter().collect()
    }

    /// The expiry of an entry whose writer says `ttl_seconds`; absent is the table's own time.
    pub(crate) fn expiry(&self, now_us: u64, ttl_seconds: Option<u32>) -> Expiry {
        Expiry::after(now_us, ttl_seconds.unwrap_or(self.expire_seconds))
    }

    /// The expiry that an addition gives: the table's own anew, as in Kamailio. A table without one
    /// keeps what the entry has, so that counting does not make a passing entry stay for good.
    pub(crate) fn renewal(&self, now_us: u64) -> Option<Expiry> {
        (self.expire_seconds > 0).then(|| self.expiry(now_us, None))
    }

    /// Its room and the room it shares.
    pub(crate) fn capacities(&self) -> (&Arc<Capacity>, Option<&Arc<Capacity>>) {
        (&self.capacity, self.total.as_ref())
    }

    /// How the table would grow by this change.
    pub(crate) fn growth(&self, key: &str, change: &Change, now_us: u64) -> Growth {
        let Some(shard) = self.lock(key) else {
            return Growth::default();
        };
        let live = shard.live(key, now_us);
        if live.is_none() && change.needs_entry() {
            return Growth::default();
        }
        let before = shard
            .entries
            .get(key)
            .map(|entry| entry_bytes(key, &entry.seen.value));
        let after = change
            .outcome(live)
            .map(|seen| entry_bytes(key, &seen.value));
        Growth::between(before, after)
    }

    /// Makes the change, room or not, and says how the table grew. The caller settles with
    /// [`Table::rooms`].
    pub(crate) fn apply(&self, key: &Arc<str>, change: &Change, now_us: u64) -> Growth {
        let Some(mut shard) = self.lock(key) else {
            return Growth::default();
        };
        let live = shard.live(key, now_us);
        if live.is_none() && change.needs_entry() {
            return Growth::default();
        }
        let before = shard
            .take(key)
            .map(|(_, entry)| entry_bytes(key, &entry.seen.value));
        let outcome = change.outcome(live);
        let after = outcome.as_ref().map(|seen| entry_bytes(key, &seen.value));
        if let Some(seen) = outcome {
            let version = self.versions.fetch_add(1, Ordering::Relaxed);
            shard.put(Arc::clone(key), Entry { seen, version });
        }
        if before.is_some() || after.is_some() {
            self.changed(key);
        }
        Growth::between(before, after)
    }

    /// Puts in what was kept, room or not.
    pub(crate) fn load(&self, key: &Arc<str>, seen: Seen) {
        let Some(mut shard) = self.lock(key) else {
            return;
        };
        let size = |seen: &Seen| entry_bytes(key, &seen.value);
        let before = shard.take(key).map(|(_, entry)| size(&entry.seen));
        let growth = Growth::between(before, Some(size(&seen)));
        let version = self.versions.fetch_add(1, Ordering::Relaxed);
        shard.put(Arc::clone(key), Entry { seen, version });
        drop(shard);
        self.settle_growth(growth);
    }

    /// What is to be kept of an entry, whether its time is over or not: nobody was asked yet what
    /// becomes of it.
    pub(crate) fn stored(&self, key: &str) -> Option<Seen> {
        let shard = self.lock(key)?;
        Some(shard.entries.get(key)?.seen.clone())
    }

    /// What has changed since it was kept, of a table that outlives the server.
    pub(crate) fn unkept(&self) -> Option<&UnkeptKeys> {
        self.unkept.as_ref()
    }

    /// Called with the shard's lock: whoever keeps the entry finds it changed.
    fn changed(&self, key: &Arc<str>) {
        if let Some(unkept) = &self.unkept {
            unkept.put(key);
        }
    }

    fn settle_growth(&self, growth: Growth) {
        self.capacity.settle(growth);
        if let Some(total) = &self.total {
            total.settle(growth);
        }
    }

    /// Up to `limit` entries whose time is over. They stay, unseen by readers, until
    /// [`Table::settle`].
    #[must_use]
    pub fn expired(&self, limit: usize, now_us: u64) -> Vec<ExpiredEntry> {
        let mut found = Vec::new();
        // Each time another shard is first: one that fills quickly must not starve the rest.
        let first = self.next_sweep.fetch_add(1, Ordering::Relaxed) % SHARDS;
        let (early, late) = self.shards.split_at(first.min(self.shards.len()));
        for shard in late.iter().chain(early) {
            let shard = lock(shard);
            let over = shard.ends.iter().take_while(|(at_us, _)| *at_us <= now_us);
            let entries = over.filter_map(|(_, key)| {
                let entry = shard.entries.get(key)?;
                let value = entry.seen.value.clone();
                Some(ExpiredEntry {
                    key: Arc::clone(key),
                    value,
                    version: entry.version,
                })
            });
            let capacity = limit - found.len();
            found.extend(entries.take(capacity));
        }
        found
    }

    /// Whether nobody has written or removed the entry since it was found expired.
    pub(crate) fn is_as_it_was(&self, expired: &ExpiredEntry) -> bool {
        let shard = self.lock(&expired.key);
        let entry = shard
            .as_ref()
            .and_then(|shard| shard.entries.get(&expired.key));
        entry.is_some_and(|entry| entry.version == expired.version)
    }

    /// Carries a verdict out, if the entry is still the one that expired.
    pub fn settle(
        &self,
        expired: &ExpiredEntry,
        verdict: ExpiredVerdict,
        now_us: u64,
    ) -> ExpiryResult {
        let Some(mut shard) = self.lock(&expired.key) else {
            return ExpiryResult::Conflict;
        };
        let known = shard.entries.get(&expired.key).map(|entry| entry.version);
        if known != Some(expired.version) {
            return ExpiryResult::Conflict;
        }
        let Some((key, mut entry)) = shard.take(&expired.key) else {
            return ExpiryResult::Conflict;
        };
        self.changed(&key);
        match verdict {
            ExpiredVerdict::Extend(seconds) if seconds > 0 => {
                entry.seen.expiry = Expiry::after(now_us, seconds);
                entry.version = self.versions.fetch_add(1, Ordering::Relaxed);
                shard.put(key, entry);
                ExpiryResult::Extended
            }
            ExpiredVerdict::Extend(_) | ExpiredVerdict::Remove => {
                drop(shard);
                let growth = Growth::between(Some(entry_bytes(&key, &entry.seen.value)), None);
                self.settle_growth(growth);
                ExpiryResult::Removed
            }
        }
    }

    fn lock(&self, key: &str) -> Option<MutexGuard<'_, Shard>> {
        let hash = self.hasher.hash_one(key);
        let position = usize::try_from(hash % SHARDS as u64).unwrap_or(0);
        self.shards.get(position).map(lock)
    }
}

fn entry_bytes(key: &str, value: &Stored) -> usize {
    key.len() + value.bytes()
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl std::fmt::Debug for Table {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Table({})", self.name)
    }
}
