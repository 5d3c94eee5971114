//! The location table of one tenant.

mod by_connection;
mod contents;
mod flow_counts;
mod pings;
mod record;
mod saved;
mod shard;
#[cfg(test)]
pub(crate) mod testing;

use std::sync::Arc;

use crate::aor::Aor;
use crate::binding::Binding;
use crate::config::Config;
use crate::contact_change::{ChangeCause, ContactChange, ContactFate};
use crate::contact_listener::ContactListener;
use crate::error::RegisterError;
use crate::location_store::{LocationStore, NotStored, StoredLocation, Storing};
use crate::timestamp::Timestamp;
use evroute_transport::ConnectionId;

use contents::Contents;
pub(crate) use flow_counts::FlowCounts;
pub(crate) use pings::{DuePing, PingOutcome};
pub use saved::Saved;

/// What is asked of the contacts of an address of record (RFC 3261 10.3 steps 6 and 7).
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
    /// The operator adds a contact.
    Add(Box<Binding>),
    /// The operator removes the contact with this URI, or all.
    Remove(Option<String>),
}

/// A contact whose time was over. It is out of the table already; `event_route` may hear of
/// it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ExpiredBinding {
    /// The contact.
    pub binding: Arc<Binding>,
    /// Why its time was over before its phone had said so; none where it was its own end.
    pub lost: Option<ChangeCause>,
}

/// The registered contacts of one tenant. Look-ups share their lock with each other; no
/// lock is held while anything outside the table runs. Time is handed in, and contacts
/// whose time is over are never found, whether [`expired`](Self::expired) has taken them
/// out yet or not.
///
/// A table with a [`LocationStore`] hands in each change where it is made, so that both have the
/// same order; whoever made it waits with [`LocationTable::kept`] before he says that it is done.
#[derive(Debug)]
pub struct LocationTable {
    config: Config,
    /// The same in all tables of a tenant whose configuration changes while it is served.
    contents: Arc<Contents>,
    /// Where this configuration keeps them, from [`LocationTable::begin_keeping`] on.
    store: Option<Arc<dyn LocationStore>>,
}

impl LocationTable {
    /// An empty table, of which nothing is kept.
    #[must_use]
    pub fn new(config: Config) -> Self {
        Self {
            config,
            contents: Arc::default(),
            store: None,
        }
    }

    /// A table of what is kept here.
    #[must_use]
    pub fn of_store(
        config: Config,
        store: Arc<dyn LocationStore>,
        kept: Vec<StoredLocation>,
    ) -> Self {
        let table = Self {
            store: Some(store),
            ..Self::new(config)
        };
        table.contents.load(kept);
        table.contents.keep_in(table.store.clone());
        table
    }

    /// The same contacts under another configuration, to be kept here.
    #[must_use]
    pub fn changed(&self, config: Config, store: Option<Arc<dyn LocationStore>>) -> Self {
        Self {
            config,
            contents: Arc::clone(&self.contents),
            store,
        }
    }

    /// From now on changes are kept where this table's configuration says. The answer writes what
    /// was there before, or removes it from where it was kept.
    pub fn begin_keeping(self: &Arc<Self>) -> Option<Storing> {
        let before = self.contents.keep_in(self.store.clone());
        match (before, &self.store) {
            (Some(before), None) => Some(before.clear()),
            (None, Some(_)) => {
                let table = Arc::clone(self);
                Some(Box::pin(async move { table.contents.keep_all().await }))
            }
            (Some(_), Some(_)) | (None, None) => None,
        }
    }

    /// From now on this one is told of changes.
    pub(crate) fn listen(&self, listener: ContactListener) {
        self.contents.listen(listener);
    }

    /// How many changes no handler heard of, since too many waited.
    #[must_use]
    pub fn events_lost(&self) -> u64 {
        self.contents.events_lost()
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
        self.contents.len()
    }

    /// Whether there is no contact at all.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The contacts of an address of record, the preferred ones first: by `q`, then the one
    /// registered last.
    #[must_use]
    pub fn lookup(&self, aor: &str, now: Timestamp) -> Vec<Arc<Binding>> {
        let shard = self.contents.read(aor);
        shard
            .records
            .get(aor)
            .map_or_else(Vec::new, |record| record.live(now))
    }

    /// Addresses of record with a contact, after this one in their order, `count` at most. Looks at
    /// all of them: for operators.
    #[must_use]
    pub fn addresses_after(&self, last: Option<&str>, count: usize) -> Vec<Aor> {
        self.contents.addresses_after(last, count)
    }

    /// Carries out an update, all of it or nothing. It counts at once; whether it is kept says
    /// [`LocationTable::kept`].
    ///
    /// # Errors
    /// [`RegisterError::OutOfOrder`], [`RegisterError::TooManyContacts`],
    /// [`RegisterError::TableFull`], [`RegisterError::NotKept`].
    pub fn save(&self, aor: &Aor, update: Update, now: Timestamp) -> Result<Saved, RegisterError> {
        match update {
            Update::Fetch => Ok(Saved::unchanged(self.lookup(aor.as_str(), now))),
            update => self.contents.save(&self.config, aor, update, now),
        }
    }

    /// Waits until a change is kept, where it has to be. One that cannot be is taken back, unless
    /// another one has followed it.
    ///
    /// # Errors
    /// [`RegisterError::NotKept`].
    pub async fn kept(&self, saved: Saved) -> Result<Vec<Arc<Binding>>, RegisterError> {
        let Saved {
            registered,
            changes,
            pending,
        } = saved;
        if let Some(pending) = pending
            && let Err(why) = pending.kept.await
        {
            self.contents.take_back(pending.undo);
            return Err(not_kept(&why));
        }
        self.contents.tell(changes);
        Ok(registered)
    }

    /// Tells whoever listens that a contact was lost.
    pub(crate) fn removed(&self, binding: Arc<Binding>, why: ChangeCause) {
        let what = ContactFate::Removed(why);
        self.contents.tell(vec![ContactChange { what, binding }]);
    }

    /// Tells whoever listens of a change that has not to be waited for.
    pub fn told(&self, saved: Saved) {
        self.contents.tell(saved.changes);
    }

    /// A connection is gone. Who is reached over it and nowhere else is not found from now on, as
    /// if his time was over: [`expired`](Self::expired) takes him out, unless he comes back before.
    /// How many contacts that are.
    pub fn connection_closed(&self, connection: ConnectionId, now: Timestamp) -> u64 {
        self.contents.connection_closed(connection, now)
    }

    /// What became of contacts that are reached over flows.
    pub(crate) fn flow_counts(&self) -> &FlowCounts {
        &self.contents.flow_counts
    }

    /// Contacts whose time it is to be pinged, `max` at most; each is due again after the interval.
    pub(crate) fn due_pings(&self, now: Timestamp, max: usize) -> Vec<DuePing> {
        self.contents.due_pings(&self.config, now, max)
    }

    /// What a ping came to. One that counts as gone now is not found any more, see
    /// [`connection_closed`](Self::connection_closed). Whether that was so.
    pub(crate) fn pinged(&self, ping: &DuePing, outcome: PingOutcome, now: Timestamp) -> bool {
        self.contents.pinged(&self.config, ping, outcome, now)
    }

    /// Takes out contacts whose time is over, `max` at most, each exactly once. Fewer than
    /// `max`: there are no more.
    #[must_use]
    pub fn expired(&self, now: Timestamp, max: usize) -> Vec<ExpiredBinding> {
        self.contents.expired(now, max)
    }
}

fn not_kept(why: &NotStored) -> RegisterError {
    RegisterError::NotKept { why: why.0.clone() }
}

#[cfg(test)]
mod tests;
