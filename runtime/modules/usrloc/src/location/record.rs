//! The contacts of one address of record, and what a REGISTER does to them.

use std::cmp::Reverse;
use std::sync::Arc;

use super::flow_counts::LostFlow;
use super::pings::PingState;
use crate::binding::Binding;
use crate::config::{Config, ContactsOver};
use crate::contact_change::{ChangeCause, ContactChange, ContactFate};
use crate::error::RegisterError;
use crate::location::Update;
use crate::timestamp::Timestamp;

/// The contacts of one address of record.
#[derive(Clone, Debug, Default)]
pub(super) struct Record {
    /// The best first, then the latest added; at the end those whose time is over.
    pub(super) entries: Vec<Entry>,
    /// How long the row is that is kept of it; none where nothing is.
    pub(super) row_bytes: Option<usize>,
    /// Another one after each change.
    pub(super) version: u64,
}

/// A contact in its place.
#[derive(Clone, Debug)]
pub(super) struct Entry {
    /// Given anew at every refresh: the least is the oldest.
    pub(super) number: u64,
    pub(super) binding: Arc<Binding>,
    /// None where it is not pinged.
    pub(super) ping: Option<PingState>,
    /// Why its time is over before it was, where that is so.
    pub(super) lost: Option<LostFlow>,
}

/// What an update makes of the contacts of one address of record.
#[derive(Debug)]
pub(super) struct Changed {
    pub(super) entries: Vec<Entry>,
    pub(super) changes: Vec<ContactChange>,
    pub(super) last_number: u64,
}

impl Record {
    /// Those whose time is not over, as they are listed.
    pub(super) fn live(&self, now: Timestamp) -> Vec<Arc<Binding>> {
        let live = self.entries.iter();
        let live = live.filter(|entry| entry.binding.expires_at > now);
        live.map(|entry| Arc::clone(&entry.binding)).collect()
    }

    /// Puts them in their order.
    pub(super) fn sort(&mut self) {
        self.entries
            .sort_by_key(|entry| (Reverse(entry.binding.q), Reverse(entry.number)));
    }

    /// All of them, the oldest first.
    pub(super) fn by_age(&self) -> Vec<&Binding> {
        let mut entries: Vec<_> = self.entries.iter().collect();
        entries.sort_by_key(|entry| entry.number);
        entries.into_iter().map(|entry| &*entry.binding).collect()
    }

    /// The contacts after the update, in order. Those whose time is over count no more, but stay
    /// until they are taken out, unless they are registered again.
    pub(super) fn changed(
        &self,
        config: &Config,
        update: Update,
        now: Timestamp,
        last_number: u64,
    ) -> Result<Changed, RegisterError> {
        let (live, dead): (Vec<Entry>, Vec<Entry>) = self
            .entries
            .iter()
            .cloned()
            .partition(|entry| entry.binding.expires_at > now);
        let mut changing = Changing {
            after: live,
            dead,
            changes: Vec::new(),
            newer_than: last_number,
            last_number,
        };
        match update {
            Update::Fetch => {}
            Update::RemoveAll { call_id, cseq } => changing.remove_all(&call_id, cseq)?,
            Update::Save(bindings) => {
                changing.put_all(bindings, now, ChangeCause::Register)?;
                changing.make_room(config)?;
            }
            Update::Add(binding) => {
                changing.put_all(vec![*binding], now, ChangeCause::Rpc)?;
                changing.make_room(config)?;
            }
            Update::Remove(uri) => changing.remove(uri.as_deref()),
        }
        Ok(changing.done())
    }
}

/// An update under way.
struct Changing {
    after: Vec<Entry>,
    dead: Vec<Entry>,
    changes: Vec<ContactChange>,
    /// What has a number after this is of this request.
    newer_than: u64,
    last_number: u64,
}

impl Changing {
    fn done(mut self) -> Changed {
        self.after
            .sort_by_key(|entry| (Reverse(entry.binding.q), Reverse(entry.number)));
        self.after.append(&mut self.dead);
        Changed {
            entries: self.after,
            changes: self.changes,
            last_number: self.last_number,
        }
    }

    fn tell(&mut self, what: ContactFate, binding: &Arc<Binding>) {
        let binding = Arc::clone(binding);
        self.changes.push(ContactChange { what, binding });
    }

    fn remove_all(&mut self, call_id: &str, cseq: u32) -> Result<(), RegisterError> {
        let mut all = self.after.iter();
        if !all.all(|entry| entry.binding.yields_to(call_id, cseq)) {
            return Err(RegisterError::OutOfOrder);
        }
        for entry in std::mem::take(&mut self.after) {
            self.tell(ContactFate::Removed(ChangeCause::Register), &entry.binding);
        }
        Ok(())
    }

    /// Removes the contact of this URI, or all.
    fn remove(&mut self, uri: Option<&str>) {
        let is_kept = |entry: &Entry| uri.is_some_and(|uri| !entry.binding.is_at(uri));
        let (kept, removed) = std::mem::take(&mut self.after)
            .into_iter()
            .partition(is_kept);
        self.after = kept;
        let removed: Vec<Entry> = removed;
        for entry in removed {
            self.tell(ContactFate::Removed(ChangeCause::Rpc), &entry.binding);
        }
    }

    /// Adds, refreshes or removes the contacts of one request; those whose time was over and that
    /// come back are not told as over any more.
    fn put_all(
        &mut self,
        bindings: Vec<Binding>,
        now: Timestamp,
        cause: ChangeCause,
    ) -> Result<(), RegisterError> {
        for binding in bindings {
            self.dead
                .retain(|entry| !entry.binding.is_same_contact(&binding));
            let mut places = self.after.iter();
            let found = places.position(|entry| entry.binding.is_same_contact(&binding));
            let known = found.map(|at| self.after.remove(at));
            if let Some(entry) = &known {
                // A contact named twice in one request: the last counts.
                let is_of_this_request = entry.number > self.newer_than;
                if !is_of_this_request && !entry.binding.yields_to(&binding.call_id, binding.cseq) {
                    return Err(RegisterError::OutOfOrder);
                }
            }
            let binding = Arc::new(binding);
            let ping = known.as_ref().and_then(|entry| entry.ping);
            match (known, binding.expires_at > now) {
                (None, true) => self.tell(ContactFate::Added(cause), &binding),
                (Some(_), true) => self.tell(ContactFate::Updated(cause), &binding),
                (Some(entry), false) => self.tell(ContactFate::Removed(cause), &entry.binding),
                (None, false) => {}
            }
            if binding.expires_at > now {
                self.last_number += 1;
                self.after.push(Entry {
                    number: self.last_number,
                    binding,
                    ping,
                    lost: None,
                });
            }
        }
        Ok(())
    }

    /// Keeps to the limit of one address of record. What is of this request is never evicted.
    fn make_room(&mut self, config: &Config) -> Result<(), RegisterError> {
        let over = self.after.len().saturating_sub(config.aor_contacts_max);
        if over == 0 {
            return Ok(());
        }
        let is_old = |entry: &&Entry| entry.number <= self.newer_than;
        let old = self.after.iter().filter(is_old).count();
        match config.aor_contacts_over {
            ContactsOver::Replace if over <= old => {}
            ContactsOver::Replace | ContactsOver::Refuse => {
                return Err(RegisterError::TooManyContacts);
            }
        }
        self.after.sort_by_key(|entry| entry.number);
        let evicted: Vec<_> = self.after.drain(..over).collect();
        for entry in evicted {
            let Binding { aor, uri, .. } = &*entry.binding;
            tracing::info!(
                aor = aor.as_str(),
                uri,
                "the oldest contact was evicted by a new one"
            );
            self.tell(ContactFate::Removed(ChangeCause::Replaced), &entry.binding);
        }
        Ok(())
    }
}
