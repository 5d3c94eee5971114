//! How full something is: entries and bytes against their limits.

use std::ops::{Add, Sub};
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

/// A change in size, either way.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub(crate) struct Growth {
    pub(crate) entries: i64,
    pub(crate) bytes: i64,
}

impl Growth {
    /// From an entry of `before` bytes to one of `after`; none is no entry.
    pub(crate) fn between(before: Option<usize>, after: Option<usize>) -> Self {
        let one = |size: Option<usize>| i64::from(size.is_some());
        let bytes = |size: Option<usize>| i64::try_from(size.unwrap_or(0)).unwrap_or(i64::MAX);
        Self {
            entries: one(after) - one(before),
            bytes: bytes(after) - bytes(before),
        }
    }

    /// What has to be reserved: what shrinks reserves nothing.
    fn positive(self) -> Self {
        Self {
            entries: self.entries.max(0),
            bytes: self.bytes.max(0),
        }
    }
}

impl Add for Growth {
    type Output = Self;
    fn add(self, other: Self) -> Self {
        Self {
            entries: self.entries.saturating_add(other.entries),
            bytes: self.bytes.saturating_add(other.bytes),
        }
    }
}

impl Sub for Growth {
    type Output = Self;
    fn sub(self, other: Self) -> Self {
        Self {
            entries: self.entries.saturating_sub(other.entries),
            bytes: self.bytes.saturating_sub(other.bytes),
        }
    }
}

impl std::iter::Sum for Growth {
    fn sum<I: Iterator<Item = Self>>(all: I) -> Self {
        all.fold(Self::default(), Add::add)
    }
}

/// There is no room.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct Full;

/// What is used and reserved, and how much may be.
#[derive(Debug)]
pub(crate) struct Capacity {
    entries: AtomicI64,
    bytes: AtomicI64,
    entries_max: i64,
    bytes_max: i64,
}

impl Capacity {
    /// Empty.
    pub(crate) fn new(entries_max: u64, bytes_max: u64) -> Self {
        Self {
            entries: AtomicI64::new(0),
            bytes: AtomicI64::new(0),
            entries_max: i64::try_from(entries_max).unwrap_or(i64::MAX),
            bytes_max: i64::try_from(bytes_max).unwrap_or(i64::MAX),
        }
    }

    /// What is used and reserved now.
    pub(crate) fn used(&self) -> Growth {
        Growth {
            entries: self.entries.load(Ordering::Relaxed),
            bytes: self.bytes.load(Ordering::Relaxed),
        }
    }

    /// Whether this growth would fit now. What does not grow always fits.
    pub(crate) fn fits(&self, growth: Growth) -> bool {
        let after = self.used() + growth;
        (growth.entries <= 0 || after.entries <= self.entries_max)
            && (growth.bytes <= 0 || after.bytes <= self.bytes_max)
    }

    /// Takes room for this growth, all of it or none.
    fn reserve(&self, growth: Growth) -> Result<(), Full> {
        let growth = growth.positive();
        take(&self.entries, growth.entries, self.entries_max)?;
        take(&self.bytes, growth.bytes, self.bytes_max).inspect_err(|_| {
            self.entries.fetch_sub(growth.entries, Ordering::Relaxed);
        })
    }

    /// Counts what has happened.
    pub(crate) fn settle(&self, growth: Growth) {
        self.entries.fetch_add(growth.entries, Ordering::Relaxed);
        self.bytes.fetch_add(growth.bytes, Ordering::Relaxed);
    }
}

fn take(used: &AtomicI64, wanted: i64, max: i64) -> Result<(), Full> {
    if wanted == 0 {
        return Ok(());
    }
    let fits = |used: i64| used.checked_add(wanted).filter(|after| *after <= max);
    used.fetch_update(Ordering::Relaxed, Ordering::Relaxed, fits)
        .map(drop)
        .map_err(|_| Full)
}

/// Room in several places at once, given back when dropped.
#[derive(Debug, Default)]
pub(crate) struct Reservation {
    parts: Vec<(Arc<Capacity>, Growth)>,
}

impl Reservation {
    /// Reserves in all of these, or in none.
    pub(crate) fn take(wanted: Vec<(Arc<Capacity>, Growth)>) -> Result<Self, Full> {
        let mut reservation = Self {
            parts: Vec::with_capacity(wanted.len()),
        };
        for (capacity, growth) in wanted {
            capacity.reserve(growth)?;
            reservation.parts.push((capacity, growth.positive()));
        }
        Ok(reservation)
    }

    /// Replaces what was reserved by what has happened, in the order in which it was reserved, in
    /// one step so that nobody sees both.
    pub(crate) fn settle(mut self, happened: impl IntoIterator<Item = Growth>) {
        let parts = std::mem::take(&mut self.parts);
        for ((capacity, reserved), growth) in parts.into_iter().zip(happened) {
            capacity.settle(growth - reserved);
        }
    }
}

impl Drop for Reservation {
    fn drop(&mut self) {
        for (capacity, reserved) in &self.parts {
            capacity.settle(Growth::default() - *reserved);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn grows(entries: i64, bytes: i64) -> Growth {
        Growth { entries, bytes }
    }

    #[test]
    fn a_reservation_takes_all_or_nothing_and_gives_back() {
        let (wide, narrow) = (
            Arc::new(Capacity::new(10, 100)),
            Arc::new(Capacity::new(10, 5)),
        );
        let both = |bytes| {
            Reservation::take(vec![
                (Arc::clone(&wide), grows(1, bytes)),
                (Arc::clone(&narrow), grows(1, bytes)),
            ])
        };
        assert_eq!(both(6).unwrap_err(), Full);
        assert_eq!((wide.used(), narrow.used()), (grows(0, 0), grows(0, 0)));
        let held = both(5).unwrap();
        assert_eq!((wide.used(), narrow.used()), (grows(1, 5), grows(1, 5)));
        assert!(!narrow.fits(grows(0, 1)) && narrow.fits(grows(9, 0)));
        drop(held);
        assert_eq!((wide.used(), narrow.used()), (grows(0, 0), grows(0, 0)));
    }

    #[test]
    fn settling_counts_what_happened_not_what_was_reserved() {
        let capacity = Arc::new(Capacity::new(10, 100));
        let held = Reservation::take(vec![(Arc::clone(&capacity), grows(2, 20))]).unwrap();
        held.settle([grows(1, 7)]);
        assert_eq!(capacity.used(), grows(1, 7));
        let held = Reservation::take(vec![(Arc::clone(&capacity), grows(-1, -7))]).unwrap();
        assert_eq!(
            capacity.used(),
            grows(1, 7),
            "what shrinks reserves nothing"
        );
        held.settle([grows(-1, -7)]);
        assert_eq!(capacity.used(), grows(0, 0));
    }
}
