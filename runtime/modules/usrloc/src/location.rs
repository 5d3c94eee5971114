//! The location table of one tenant.

mod by_connection;
mod flow_counts;
mod pings;
#[cfg(test)]
pub(crate) mod testing;

use std::cmp::Reverse;
use std::collections::{BTreeMap, HashMap};
use std::hash::{BuildHasher, RandomState};
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard};

use crate::aor::Aor;
use crate::binding::Binding;
use crate::config::{Config, ContactsOver};
use crate::error::RegisterError;
use crate::timestamp::Timestamp;
use by_connection::ByConnection;
use flow_counts::FlowCounts;
use pings::PingState;
pub(crate) use pings::{DuePing, PingOutcome};

/// Locks per table. Registrations of different users seldom wait for each other.
const SHARDS: usize = 16;

/// What a REGISTER asks for (RFC 3261 10.3 steps 6 and 7).
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Update {
    /// Only to hear what is registered.
    Fetch,
    /// `Contact: *`: all contacts go.
    RemoveAll {
        /// The request's Call-ID.
        call_id: String,
        /// The request's CSeq number.
        cseq: u32,
    },
    /// These contacts are added or refreshed; those that end at once are removed.
    Save(Vec<Binding>),
}

/// A contact whose time was over. It is out of the table already; `event_route` may hear of
/// it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ExpiredBinding(pub Arc<Binding>);

/// The registered contacts of one tenant. Look-ups share their lock with each other; no
/// lock is held while anything outside the table runs. Time is handed in, and contacts
/// whose time is over are never found, whether [`expired`](Self::expired) has taken them
/// out yet or not.
#[derive(Debug)]
pub struct LocationTable {
    config: Config,
    shards: [RwLock<Shard>; SHARDS],
    hasher: RandomState,
    /// Contacts in all shards.
    contacts: AtomicUsize,
    /// No contact ends before; [`u64::MAX`] when there is none.
    next_expiry: AtomicU64,
    /// No contact is pinged before; [`u64::MAX`] when none is.
    next_ping: AtomicU64,
    flow_counts: FlowCounts,
}

#[derive(Debug, Default)]
struct Shard {
    records: HashMap<Aor, Vec<Entry>>,
    /// By end, then by number: what to look at when time has passed.
    by_expiry: BTreeMap<(Timestamp, u64), Aor>,
    by_connection: ByConnection,
    /// By the time of the next ping, then by number; none of those that are not pinged.
    by_ping: BTreeMap<(Timestamp, u64), Aor>,
    last_number: u64,
}

/// A contact in its place: best first, then the latest added.
#[derive(Clone, Debug)]
struct Entry {
    number: u64,
    binding: Arc<Binding>,
    /// None where it is not pinged.
    ping: Option<PingState>,
}

impl LocationTable {
    /// An empty table.
    #[must_use]
    pub fn new(config: Config) -> Self {
        Self {
            config,
            shards: Default::default(),
            hasher: RandomState::new(),
            contacts: AtomicUsize::new(0),
            next_expiry: AtomicU64::new(u64::MAX),
            next_ping: AtomicU64::new(u64::MAX),
            flow_counts: FlowCounts::default(),
        }
    }

    /// The limits.
    #[must_use]
    pub fn config(&self) -> &Config {
        &self.config
    }

    /// How many contacts are kept, those included whose time is over since the last
    /// [`expired`](Self::expired).
    #[must_use]
    pub fn len(&self) -> usize {
        self.contacts.load(Ordering::Relaxed)
    }

    /// Whether there is no contact at all.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// What became of contacts that are reached over flows.
    pub(crate) fn flow_counts(&self) -> &FlowCounts {
        &self.flow_counts
    }

    /// The contacts of an address of record, the preferred ones first: by `q`, then the one
    /// registered last.
    #[must_use]
    pub fn lookup(&self, aor: &str, now: Timestamp) -> Vec<Arc<Binding>> {
        let shard = self.read(aor);
        shard
            .records
            .get(aor)
            .map_or_else(Vec::new, |entries| live(entries, now))
    }

    /// Carries out an update, all of it or nothing, and returns what is registered then, as
    /// [`lookup`](Self::lookup) does.
    ///
    /// # Errors
    /// [`RegisterError::OutOfOrder`], [`RegisterError::TooManyContacts`],
    /// [`RegisterError::TableFull`].
    pub fn save(
        &self,
        aor: &Aor,
        update: Update,
        now: Timestamp,
    ) -> Result<Vec<Arc<Binding>>, RegisterError> {
        if update == Update::Fetch {
            return Ok(self.lookup(aor.as_str(), now));
        }
        let mut shard = self.write(aor.as_str());
        let before = shard.records.get(aor).cloned().unwrap_or_default();
        let mut last_number = shard.last_number;
        let after = self.changed(&before, update, now, &mut last_number)?;
        self.reserve(before.len(), after.len())?;
        shard.last_number = last_number;
        let registered = live(&after, now);
        if let Some(first) = after.iter().map(|entry| entry.binding.expires_at).min() {
            self.next_expiry
                .fetch_min(first.seconds(), Ordering::Relaxed);
        }
        let pinged_at = |entry: &Entry| entry.ping.map(|ping| ping.next_at);
        if let Some(first) = after.iter().filter_map(pinged_at).min() {
            self.next_ping.fetch_min(first.seconds(), Ordering::Relaxed);
        }
        shard.replace(aor, &before, after);
        Ok(registered)
    }

    /// Takes out contacts whose time is over, `max` at most, each exactly once. Fewer than
    /// `max`: there are no more.
    #[must_use]
    pub fn expired(&self, now: Timestamp, max: usize) -> Vec<ExpiredBinding> {
        let mut expired = Vec::new();
        if now.seconds() < self.next_expiry.load(Ordering::Relaxed) {
            return expired;
        }
        // Set before looking: what is saved meanwhile lowers it again.
        self.next_expiry.store(u64::MAX, Ordering::Relaxed);
        for shard in &self.shards {
            let mut shard = shard.write().unwrap_or_else(PoisonError::into_inner);
            while expired.len() < max {
                let Some(binding) = shard.take_expired(now) else {
                    break;
                };
                expired.push(ExpiredBinding(binding));
            }
            if let Some(((next, _), _)) = shard.by_expiry.first_key_value() {
                self.next_expiry
                    .fetch_min(next.seconds(), Ordering::Relaxed);
            }
        }
        self.contacts.fetch_sub(expired.len(), Ordering::Relaxed);
        expired
    }

    /// The entries after the update, in order. Contacts whose time is over count no more, but
    /// stay for [`expired`](Self::expired), unless they are registered again.
    fn changed(
        &self,
        before: &[Entry],
        update: Update,
        now: Timestamp,
        last_number: &mut u64,
    ) -> Result<Vec<Entry>, RegisterError> {
        let (mut after, mut dead): (Vec<Entry>, Vec<Entry>) = before
            .iter()
            .cloned()
            .partition(|entry| entry.binding.expires_at > now);
        match update {
            Update::Fetch => {}
            Update::RemoveAll { call_id, cseq } => {
                if !after
                    .iter()
                    .all(|entry| entry.binding.yields_to(&call_id, cseq))
                {
                    return Err(RegisterError::OutOfOrder);
                }
                after.clear();
            }
            Update::Save(bindings) => {
                let newer_than = *last_number;
                self.put_all((&mut after, &mut dead), bindings, now, last_number)?;
                self.make_room(&mut after, newer_than)?;
            }
        }
        after.sort_by_key(|entry| (Reverse(entry.binding.q), Reverse(entry.number)));
        after.append(&mut dead);
        Ok(after)
    }

    /// Adds, refreshes or removes the contacts of one request; those whose time was over and that
    /// come back are taken off `dead`.
    fn put_all(
        &self,
        (after, dead): (&mut Vec<Entry>, &mut Vec<Entry>),
        bindings: Vec<Binding>,
        now: Timestamp,
        last_number: &mut u64,
    ) -> Result<(), RegisterError> {
        let newer_than = *last_number;
        for binding in bindings {
            dead.retain(|entry| !entry.binding.is_same_contact(&binding));
            let found = after
                .iter()
                .position(|entry| entry.binding.is_same_contact(&binding));
            let before = found.map(|at| after.remove(at));
            if let Some(entry) = &before {
                // A contact named twice in one request: the last counts.
                let is_of_this_request = entry.number > newer_than;
                if !is_of_this_request && !entry.binding.yields_to(&binding.call_id, binding.cseq) {
                    return Err(RegisterError::OutOfOrder);
                }
            }
            if binding.expires_at > now {
                *last_number += 1;
                let known = before.and_then(|entry| entry.ping);
                after.push(self.entry(*last_number, binding, known, now));
            }
        }
        Ok(())
    }

    /// Keeps to the limit of one address of record. Contacts numbered after `newer_than` are of
    /// this request and never evicted.
    fn make_room(&self, after: &mut Vec<Entry>, newer_than: u64) -> Result<(), RegisterError> {
        let over = after.len().saturating_sub(self.config.aor_contacts_max);
        if over == 0 {
            return Ok(());
        }
        let old = after
            .iter()
            .filter(|entry| entry.number <= newer_than)
            .count();
        match self.config.aor_contacts_over {
            ContactsOver::Replace if over <= old => {}
            ContactsOver::Replace | ContactsOver::Refuse => {
                return Err(RegisterError::TooManyContacts);
            }
        }
        // Numbers are given anew at every refresh: the least is the oldest.
        after.sort_by_key(|entry| entry.number);
        for entry in after.drain(..over) {
            let Binding { aor, uri, .. } = &*entry.binding;
            tracing::info!(
                aor = aor.as_str(),
                uri,
                "the oldest contact was evicted by a new one"
            );
        }
        Ok(())
    }

    /// Makes room in the tenant's limit, or gives it back.
    fn reserve(&self, before: usize, after: usize) -> Result<(), RegisterError> {
        let counted = self
            .contacts
            .fetch_update(Ordering::Relaxed, Ordering::Relaxed, |count| {
                let count = count.saturating_sub(before).saturating_add(after);
                (after <= before || count <= self.config.contacts_max).then_some(count)
            });
        counted.map(drop).map_err(|_| RegisterError::TableFull)
    }

    fn read(&self, aor: &str) -> RwLockReadGuard<'_, Shard> {
        self.shard(aor)
            .read()
            .unwrap_or_else(PoisonError::into_inner)
    }

    fn write(&self, aor: &str) -> RwLockWriteGuard<'_, Shard> {
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

impl Shard {
    fn replace(&mut self, aor: &Aor, before: &[Entry], after: Vec<Entry>) {
        for entry in before {
            self.by_expiry
                .remove(&(entry.binding.expires_at, entry.number));
            self.by_connection.remove(entry);
            if let Some(ping) = entry.ping {
                self.by_ping.remove(&(ping.next_at, entry.number));
            }
        }
        for entry in &after {
            self.by_expiry
                .insert((entry.binding.expires_at, entry.number), aor.clone());
            self.by_connection.add(entry);
            if let Some(ping) = entry.ping {
                self.by_ping
                    .insert((ping.next_at, entry.number), aor.clone());
            }
        }
        if after.is_empty() {
            self.records.remove(aor);
        } else {
            self.records.insert(aor.clone(), after);
        }
    }

    fn take_expired(&mut self, now: Timestamp) -> Option<Arc<Binding>> {
        let first = self.by_expiry.first_entry()?;
        let &(expires_at, number) = first.key();
        if expires_at > now {
            return None;
        }
        let aor = first.remove();
        let entries = self.records.get_mut(&aor)?;
        let at = entries.iter().position(|entry| entry.number == number)?;
        let entry = entries.remove(at);
        self.by_connection.remove(&entry);
        if let Some(ping) = entry.ping {
            self.by_ping.remove(&(ping.next_at, number));
        }
        if entries.is_empty() {
            self.records.remove(&aor);
        }
        Some(entry.binding)
    }
}

fn live(entries: &[Entry], now: Timestamp) -> Vec<Arc<Binding>> {
    let live = entries
        .iter()
        .filter(|entry| entry.binding.expires_at > now);
    live.map(|entry| Arc::clone(&entry.binding)).collect()
}

#[cfg(test)]
mod tests;
