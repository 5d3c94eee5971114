//! One run's view of one table.

use std::cell::Cell;
use std::collections::BTreeMap;
use std::sync::Arc;

use crate::change::{Change, Operation};
use crate::error::KEY_BYTES_MAX;
use crate::room::Growth;
use crate::table::seconds_left;
use crate::{Error, Table, Value};

/// One run's view of one table: reads see its own writes, others see them after [`Overlay::commit`]. Dropped without a
/// commit it leaves no trace.
///
/// Its time stands still: that of the event.
#[derive(Debug)]
pub struct Overlay {
    table: Arc<Table>,
    now_us: u64,
    changes: BTreeMap<Arc<str>, Change>,
    /// What the changes would need, as far as could be seen when they were made.
    planned: Growth,
    /// What each of them added to that.
    shares: BTreeMap<Arc<str>, Growth>,
    reserved: Cell<Growth>,
}

impl Overlay {
    /// A view of a table without any changes.
    #[must_use]
    pub fn new(table: Arc<Table>, now_us: u64) -> Self {
        Self {
            table,
            now_us,
            changes: BTreeMap::new(),
            planned: Growth::default(),
            shares: BTreeMap::new(),
            reserved: Cell::default(),
        }
    }

    /// The table under it.
    #[must_use]
    pub fn table(&self) -> &Arc<Table> {
        &self.table
    }

    /// The value of an entry, with this run's changes.
    #[must_use]
    pub fn get(&self, key: &str) -> Option<Value> {
        self.read(key).map(|(value, _)| value)
    }

    /// How many seconds an entry has left, rounded up; the inner none for one that lives for good. Kamailio's `$shtex`.
    #[must_use]
    pub fn seconds_left(&self, key: &str) -> Option<Option<u64>> {
        self.read(key)
            .map(|(_, expires_us)| seconds_left(expires_us, self.now_us))
    }

    /// Writes an entry. `lifetime` in seconds, 0 for good, none for what the table says.
    ///
    /// # Errors
    /// [`Error::KeyTooLong`], [`Error::QuotaExceeded`].
    pub fn set(&mut self, key: &str, value: Value, lifetime: Option<u32>) -> Result<(), Error> {
        let earlier = self.changes.get(key);
        let removed = earlier.is_some_and(|change| matches!(change.operation, Operation::Remove));
        let afresh = earlier.is_some_and(|change| change.afresh);
        // Where writing again does not start the time anew, neither does it within a run.
        let keeps = !self.table.config().update_expire && !removed;
        let lifetime = lifetime.or(earlier.filter(|_| keeps).and_then(|change| change.lifetime));
        let operation = Operation::Set(value);
        self.change(
            key,
            Change {
                operation,
                lifetime,
                afresh,
            },
        )
    }

    /// Removes an entry and says whether there was one.
    ///
    /// # Errors
    /// [`Error::KeyTooLong`].
    pub fn remove(&mut self, key: &str) -> Result<bool, Error> {
        let was_there = self.read(key).is_some();
        let change = Change {
            operation: Operation::Remove,
            lifetime: None,
            afresh: true,
        };
        self.change(key, change).map(|()| was_there)
    }

    /// Adds to a number; a missing entry counts as 0, and a sum that leaves 64 bits stops at their end. Returns what this
    /// run sees from now on. Committed as an addition: runs at the same time lose nothing.
    ///
    /// # Errors
    /// [`Error::NotANumber`], [`Error::KeyTooLong`], [`Error::QuotaExceeded`].
    pub fn add(&mut self, key: &str, delta: i64) -> Result<i64, Error> {
        let before = match self.get(key) {
            None => 0,
            Some(Value::Int(number)) => number,
            Some(Value::Text(_) | Value::Octets(_)) => return Err(Error::NotANumber),
        };
        let seen = before.saturating_add(delta);
        let add = |delta| Operation::Add { delta, seen };
        let (operation, lifetime, afresh) = match self.changes.get(key) {
            None => (add(delta), None, false),
            Some(Change {
                operation,
                lifetime,
                afresh,
            }) => {
                let operation = match operation {
                    Operation::Set(_) => Operation::Set(Value::Int(seen)),
                    Operation::Add { delta: earlier, .. } => add(earlier.saturating_add(delta)),
                    Operation::Remove | Operation::Keep => add(delta),
                };
                let restarts = self.table.config().counting_restarts();
                (operation, lifetime.filter(|_| !restarts), *afresh)
            }
        };
        self.change(
            key,
            Change {
                operation,
                lifetime,
                afresh,
            },
        )?;
        Ok(seen)
    }

    /// Gives an entry so many seconds from now, 0 for good, and says whether there is one. Kamailio's `$shtex(...) = n`.
    ///
    /// # Errors
    /// [`Error::KeyTooLong`].
    pub fn expire(&mut self, key: &str, seconds: u32) -> Result<bool, Error> {
        if self.read(key).is_none() {
            return Ok(false);
        }
        let known = self.changes.get(key).cloned();
        let change = known.unwrap_or(Change {
            operation: Operation::Keep,
            lifetime: None,
            afresh: false,
        });
        self.change(
            key,
            Change {
                lifetime: Some(seconds),
                ..change
            },
        )?;
        Ok(true)
    }

    /// Sets room aside for all changes, so that [`Overlay::commit`] cannot fail. Given back if the overlay is dropped.
    ///
    /// # Errors
    /// [`Error::QuotaExceeded`]: others were faster since the changes were made.
    pub fn reserve(&self) -> Result<(), Error> {
        let growth =
            |(key, change): (&Arc<str>, &Change)| self.table.growth(key, change, self.now_us);
        let total = self
            .changes
            .iter()
            .map(growth)
            .fold(Growth::default(), Growth::plus);
        let need = total.need();
        self.table.reserve(need)?;
        self.reserved.set(self.reserved.get().plus(need));
        Ok(())
    }

    /// Makes the changes real, all at one moment, as far as this table goes.
    ///
    /// Room was set aside by [`Overlay::reserve`]. Where an entry that was to be overwritten has gone since, the table
    /// can come to hold one more than was reckoned with; it is counted, and the next writer is refused.
    pub fn commit(mut self) {
        let changes = std::mem::take(&mut self.changes);
        if changes.is_empty() {
            return;
        }
        let grown = self.table.apply(&changes, self.now_us);
        self.table.count(grown.minus(self.reserved.take()));
    }

    /// Reserves and commits.
    ///
    /// # Errors
    /// [`Error::QuotaExceeded`]; nothing was changed.
    pub fn finish(self) -> Result<(), Error> {
        self.reserve()?;
        self.commit();
        Ok(())
    }

    fn read(&self, key: &str) -> Option<(Value, u64)> {
        let change = self.changes.get(key);
        self.table.with_entry(key, |entry| match change {
            Some(change) => change.result(entry, self.table.config(), self.now_us),
            None => {
                let live = entry.filter(|entry| entry.is_live(self.now_us));
                live.map(|entry| (entry.value.clone(), entry.expires_us))
            }
        })
    }

    /// Notes a change, if there seems to be room for it.
    fn change(&mut self, key: &str, change: Change) -> Result<(), Error> {
        if key.len() > KEY_BYTES_MAX {
            return Err(Error::KeyTooLong);
        }
        let share = self.table.growth(key, &change, self.now_us);
        let before = self.shares.get(key).copied().unwrap_or_default();
        let planned = self.planned.minus(before).plus(share);
        let is_more =
            share.minus(before).need() != Growth::default() && planned.need() != Growth::default();
        if is_more && !self.table.fits(planned) {
            return Err(Error::QuotaExceeded);
        }
        self.planned = planned;
        let key: Arc<str> = key.into();
        self.shares.insert(Arc::clone(&key), share);
        self.changes.insert(key, change);
        Ok(())
    }
}

/// What was set aside and not used is given back.
impl Drop for Overlay {
    fn drop(&mut self) {
        let reserved = self.reserved.take();
        if reserved != Growth::default() {
            self.table.count(Growth::default().minus(reserved));
        }
    }
}
