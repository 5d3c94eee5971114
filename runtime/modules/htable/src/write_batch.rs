//! What one run has changed and not yet committed.

use std::cell::RefCell;
use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use evroute_event::LimitKind;
use evroute_module_api::{HostTrap, RunSlot, RunState};

use crate::capacity::{Capacity, Growth, Reservation};
use crate::change::Change;
use crate::{
    Expiry, HtableTenant, KEY_BYTES_MAX, Seen, SharedVariables, Stored, Table, TableId,
    VALUE_BYTES_MAX, WriteError,
};

/// A run's view of its tenant's tables and shared variables: what is committed, with its own
/// changes on top.
///
/// A write replaces whatever is there when the run commits: the last writer wins. An addition is
/// added to whatever is there then. Between [`RunSlot::check`] and [`RunSlot::commit`] the room for
/// the growth is reserved, so that two runs do not both get the last place. Only an entry that
/// somebody else removes in between, and that this run writes, can take a table beyond its limit,
/// by that entry.
#[derive(Debug)]
pub struct WriteBatch {
    tenant: Arc<HtableTenant>,
    now_us: u64,
    places: BTreeMap<TableId, Changes>,
    reserved: RefCell<Option<Reservation>>,
}

#[derive(Debug, Default)]
struct Changes {
    by_key: HashMap<Arc<str>, (Change, Growth)>,
    growth: Growth,
}

impl WriteBatch {
    /// No changes yet; `now_us` is the run's time, microseconds since 1970.
    #[must_use]
    pub fn new(tenant: Arc<HtableTenant>, now_us: u64) -> Self {
        Self {
            tenant,
            now_us,
            places: BTreeMap::new(),
            reserved: RefCell::default(),
        }
    }

    /// The run's overlay, made when first asked for.
    ///
    /// # Errors
    /// A [`HostTrap`] with `HostFault` when the tenant was built without [`HtableTenant`].
    pub fn of(run: &mut RunState) -> wasmtime::Result<&mut Self> {
        run.slot(|run| {
            let tenant = run.handler_context.tenant.share::<HtableTenant>();
            let tenant = tenant.ok_or_else(|| HostTrap::host_fault("this tenant has no tables"))?;
            Ok(Self::new(tenant, run.subject()?.time_us))
        })
    }

    /// The overlay, to write into this place; what was granted for reading only is refused, and
    /// counted for the run and for its tenant.
    ///
    /// # Errors
    /// As [`WriteBatch::of`]; inside, [`WriteError::ReadOnly`].
    pub fn to_write(
        run: &mut RunState,
        place: TableId,
    ) -> wasmtime::Result<Result<&mut Self, WriteError>> {
        let handler_context = Arc::clone(&run.handler_context);
        let grants = &handler_context.grants;
        let batch = Self::of(run)?;
        let may = match place {
            TableId::Shared => grants.may_write("shv", None),
            TableId::Table(_) => match batch.tenant.at(place) {
                Some(table) => grants.may_write("htable", Some(&**table.name())),
                None => return Ok(Err(WriteError::NoTable)),
            },
        };
        if may {
            return Self::of(run).map(Ok);
        }
        batch.tenant.deny_write();
        run.meter.writes_refused = run.meter.writes_refused.saturating_add(1);
        Ok(Err(WriteError::ReadOnly))
    }

    /// The table of this name, if the handler may use it. What it may not use and what does not
    /// exist look alike.
    ///
    /// # Errors
    /// As [`WriteBatch::of`].
    pub fn open(run: &mut RunState, name: &str) -> wasmtime::Result<Option<TableId>> {
        if !run.handler_context.grants.may("htable", Some(name)) {
            return Ok(None);
        }
        Ok(Self::of(run)?.tenant.find(name))
    }

    /// The tenant's tables.
    #[must_use]
    pub fn tenant(&self) -> &HtableTenant {
        &self.tenant
    }

    /// The run's time, microseconds since 1970.
    #[must_use]
    pub fn now_us(&self) -> u64 {
        self.now_us
    }

    /// The entry as this run sees it. A shared variable is never missing.
    #[must_use]
    pub fn get(&self, place: TableId, key: &str) -> Option<Seen> {
        let live = self.tenant.at(place)?.get(key, self.now_us);
        let seen = match self.change(place, key) {
            Some(change) => change.outcome(live),
            None => live,
        };
        match place {
            TableId::Table(_) => seen,
            TableId::Shared => Some(seen.unwrap_or(SharedVariables::START)),
        }
    }

    /// Writes an entry; none removes. An absent time to live is the table's own, 0 is for good.
    ///
    /// # Errors
    /// [`WriteError`]; the run then sees what it saw before.
    pub fn set(
        &mut self,
        place: TableId,
        key: &str,
        value: Option<Stored>,
        ttl_seconds: Option<u32>,
    ) -> Result<(), WriteError> {
        let expiry = self.table(place)?.expiry(self.now_us, ttl_seconds);
        let change = match value {
            None => Change::Remove,
            Some(value) if value.bytes() > VALUE_BYTES_MAX => return Err(WriteError::ValueLength),
            Some(value) => Change::Write(Seen { value, expiry }),
        };
        self.stage(place, key, change)
    }

    /// Removes an entry and says whether there was one.
    ///
    /// # Errors
    /// [`WriteError`].
    pub fn remove(&mut self, place: TableId, key: &str) -> Result<bool, WriteError> {
        let was = self.get(place, key).is_some();
        self.stage(place, key, Change::Remove)?;
        Ok(was)
    }

    /// Adds to a number and returns the sum as this run sees it; a missing entry counts as 0.
    ///
    /// # Errors
    /// [`WriteError`].
    pub fn add(&mut self, place: TableId, key: &str, delta: i64) -> Result<i64, WriteError> {
        let seen = self.get(place, key);
        let now = match seen.as_ref().map(|seen| &seen.value) {
            None => 0,
            Some(Stored::Int(number)) => *number,
            Some(Stored::Text(_) | Stored::Octets(_)) => return Err(WriteError::NotANumber),
        };
        let sum = now.checked_add(delta).ok_or(WriteError::Overflow)?;
        let renewal = self.table(place)?.renewal(self.now_us);
        let change = match self.change(place, key) {
            Some(Change::Write(_) | Change::Remove) => {
                let before = seen.map_or(Expiry::Never, |seen| seen.expiry);
                let expiry = renewal.unwrap_or(before);
                Change::Write(Seen {
                    value: Stored::Int(sum),
                    expiry,
                })
            }
            Some(Change::Adjust {
                delta: earlier,
                expiry,
            }) => {
                let delta = earlier
                    .unwrap_or(0)
                    .checked_add(delta)
                    .ok_or(WriteError::Overflow)?;
                Change::Adjust {
                    delta: Some(delta),
                    expiry: renewal.or(*expiry),
                }
            }
            None => Change::Adjust {
                delta: Some(delta),
                expiry: renewal,
            },
        };
        self.stage(place, key, change)?;
        Ok(sum)
    }

    /// Gives an entry a new time to live, in seconds from the run's time; 0 is for good. `$shtex`.
    ///
    /// # Errors
    /// [`WriteError`], `NoEntry` when there is none.
    pub fn expire(&mut self, place: TableId, key: &str, seconds: u32) -> Result<(), WriteError> {
        let seen = self.get(place, key).ok_or(WriteError::NoEntry)?;
        let expiry = Expiry::after(self.now_us, seconds);
        let change = match self.change(place, key) {
            Some(Change::Write(_) | Change::Remove) => Change::Write(Seen {
                value: seen.value,
                expiry,
            }),
            Some(Change::Adjust { delta, .. }) => Change::Adjust {
                delta: *delta,
                expiry: Some(expiry),
            },
            None => Change::Adjust {
                delta: None,
                expiry: Some(expiry),
            },
        };
        self.stage(place, key, change)
    }

    /// Checks and commits, for writers that are no run.
    pub(crate) fn commit_now(self) -> Result<(), WriteError> {
        self.check().map_err(|_| WriteError::Full)?;
        Box::new(self).commit();
        Ok(())
    }

    fn table(&self, place: TableId) -> Result<&Table, WriteError> {
        self.tenant.at(place).ok_or(WriteError::NoTable)
    }

    fn change(&self, place: TableId, key: &str) -> Option<&Change> {
        self.places
            .get(&place)?
            .by_key
            .get(key)
            .map(|(change, _)| change)
    }

    /// Takes the change in if it would find room now. [`RunSlot::check`] has the last word: others
    /// commit meanwhile.
    fn stage(&mut self, place: TableId, key: &str, change: Change) -> Result<(), WriteError> {
        if key.is_empty() || key.len() > KEY_BYTES_MAX {
            return Err(WriteError::KeyLength);
        }
        let table = self.table(place)?;
        let growth = table.growth(key, &change, self.now_us);
        let known = self.places.get(&place);
        let earlier = known.and_then(|changes| changes.by_key.get(key));
        let step = growth - earlier.map_or(Growth::default(), |(_, growth)| *growth);
        let own = known.map_or(Growth::default(), |changes| changes.growth) + step;
        if step.entries > 0 || step.bytes > 0 {
            let (capacity, total) = table.capacities();
            let all = self.planned_in_tables() + step;
            if !capacity.fits(own) || total.is_some_and(|total| !total.fits(all)) {
                self.tenant.refuse_write(Some(place));
                return Err(WriteError::Full);
            }
        }
        let changes = self.places.entry(place).or_default();
        changes.growth = own;
        match changes.by_key.get_mut(key) {
            Some(known) => *known = (change, growth),
            None => drop(changes.by_key.insert(key.into(), (change, growth))),
        }
        Ok(())
    }

    /// The growth planned in all tables together; shared variables have room of their own.
    fn planned_in_tables(&self) -> Growth {
        let tables = self
            .places
            .iter()
            .filter(|(place, _)| **place != TableId::Shared);
        tables.map(|(_, changes)| changes.growth).sum()
    }

    /// The room shared by all tables, if they share any.
    fn total_capacity(&self) -> Option<&Arc<Capacity>> {
        self.tenant
            .tables()
            .first()
            .and_then(|table| table.capacities().1)
    }

    /// `growth` of every change: by place, and of all tables together.
    fn grown(
        &self,
        growth: impl Fn(&Table, &Arc<str>, &Change) -> Growth,
    ) -> (Vec<Growth>, Growth) {
        let mut by_place = Vec::with_capacity(self.places.len() + 1);
        let mut all = Growth::default();
        for (place, changes) in &self.places {
            let Some(table) = self.tenant.at(*place) else {
                continue;
            };
            let each = changes.by_key.iter();
            let grown = each
                .map(|(key, (change, _))| growth(table, key, change))
                .sum();
            by_place.push(grown);
            if *place != TableId::Shared {
                all = all + grown;
            }
        }
        (by_place, all)
    }
}

impl RunSlot for WriteBatch {
    fn check(&self) -> Result<(), LimitKind> {
        // What an earlier check reserved is given back first.
        self.reserved.take();
        let (by_place, all) =
            self.grown(|table, key, change| table.growth(key, change, self.now_us));
        let capacities = self
            .places
            .keys()
            .filter_map(|place| self.tenant.at(*place));
        let capacities = capacities.map(|table| Arc::clone(table.capacities().0));
        let mut wanted: Vec<_> = capacities.zip(by_place).collect();
        wanted.extend(self.total_capacity().map(|total| (Arc::clone(total), all)));
        let reservation = Reservation::take(wanted).map_err(|_| {
            let mut places = self.places.keys().copied();
            let place = places.next().filter(|_| places.next().is_none());
            self.tenant.refuse_write(place);
            LimitKind::TenantState
        })?;
        self.reserved.replace(Some(reservation));
        Ok(())
    }

    fn commit(self: Box<Self>) {
        let (mut by_place, all) =
            self.grown(|table, key, change| table.apply(key, change, self.now_us));
        by_place.push(all);
        if let Some(reservation) = self.reserved.take() {
            reservation.settle(by_place);
        }
    }
}
