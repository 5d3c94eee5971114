//! How much there is and how much there may be.

use std::sync::atomic::{AtomicU64, Ordering};

use crate::Error;

/// By how much a change makes a table larger; negative for smaller.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Growth {
    pub(crate) entries: i64,
    pub(crate) bytes: i64,
}

impl Growth {
    /// From one size to another, each none for no entry.
    pub(crate) fn between(before: Option<u64>, after: Option<u64>) -> Self {
        let signed = |size: Option<u64>| i64::try_from(size.unwrap_or(0)).unwrap_or(i64::MAX);
        let count = |size: Option<u64>| i64::from(size.is_some());
        Self {
            entries: count(after) - count(before),
            bytes: signed(after).saturating_sub(signed(before)),
        }
    }

    pub(crate) fn plus(self, other: Self) -> Self {
        Self {
            entries: self.entries.saturating_add(other.entries),
            bytes: self.bytes.saturating_add(other.bytes),
        }
    }

    pub(crate) fn minus(self, other: Self) -> Self {
        Self {
            entries: self.entries.saturating_sub(other.entries),
            bytes: self.bytes.saturating_sub(other.bytes),
        }
    }

    /// What must be there before it is done; becoming smaller needs no room.
    pub(crate) fn need(self) -> Self {
        Self {
            entries: self.entries.max(0),
            bytes: self.bytes.max(0),
        }
    }
}

/// Counts entries and octets against their limits, without a lock.
#[derive(Debug)]
pub(crate) struct Room {
    entries: AtomicU64,
    bytes: AtomicU64,
    entries_max: u64,
    bytes_max: u64,
}

impl Room {
    pub(crate) fn new(entries_max: u64, bytes_max: u64) -> Self {
        Self {
            entries: AtomicU64::new(0),
            bytes: AtomicU64::new(0),
            entries_max,
            bytes_max,
        }
    }

    pub(crate) fn entries(&self) -> u64 {
        self.entries.load(Ordering::Relaxed)
    }

    pub(crate) fn bytes(&self) -> u64 {
        self.bytes.load(Ordering::Relaxed)
    }

    /// Whether there is room now.
    pub(crate) fn fits(&self, growth: Growth) -> bool {
        let need = growth.need();
        let fits = |used: u64, more: i64, most: u64| {
            more == 0 || used.saturating_add(more.unsigned_abs()) <= most
        };
        fits(self.entries(), need.entries, self.entries_max)
            && fits(self.bytes(), need.bytes, self.bytes_max)
    }

    /// Sets room aside for what is about to be done.
    pub(crate) fn reserve(&self, need: Growth) -> Result<(), Error> {
        let need = need.need();
        raise(&self.entries, need.entries, self.entries_max)?;
        let bytes = raise(&self.bytes, need.bytes, self.bytes_max);
        if bytes.is_err() {
            self.change(Growth {
                entries: -need.entries,
                bytes: 0,
            });
        }
        bytes
    }

    /// Counts what has been done, whatever the limits.
    pub(crate) fn change(&self, growth: Growth) {
        let change = |number: &AtomicU64, by: i64| {
            if by != 0 {
                number.fetch_add(by.cast_unsigned(), Ordering::Relaxed);
            }
        };
        change(&self.entries, growth.entries);
        change(&self.bytes, growth.bytes);
    }
}

fn raise(number: &AtomicU64, by: i64, most: u64) -> Result<(), Error> {
    if by == 0 {
        return Ok(());
    }
    let raised = |used: u64| {
        let sum = used.saturating_add(by.unsigned_abs());
        (sum <= most).then_some(sum)
    };
    let updated = number.fetch_update(Ordering::Relaxed, Ordering::Relaxed, raised);
    updated.map(drop).map_err(|_| Error::QuotaExceeded)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_set_aside_and_not_used_can_be_given_back() {
        let room = Room::new(2, 10);
        let one = Growth {
            entries: 1,
            bytes: 6,
        };
        assert!(room.fits(one));
        room.reserve(one).unwrap();
        assert_eq!(room.reserve(one), Err(Error::QuotaExceeded));
        assert_eq!(
            (room.entries(), room.bytes()),
            (1, 6),
            "a refusal leaves nothing behind"
        );
        room.change(Growth::default().minus(one));
        assert_eq!((room.entries(), room.bytes()), (0, 0));
    }

    #[test]
    fn becoming_smaller_is_allowed_when_there_is_too_much() {
        let room = Room::new(1, 1);
        room.change(Growth {
            entries: 5,
            bytes: 50,
        });
        let less = Growth {
            entries: -1,
            bytes: -10,
        };
        assert!(room.fits(less));
        room.reserve(less).unwrap();
        assert_eq!((room.entries(), room.bytes()), (5, 50));
    }
}
