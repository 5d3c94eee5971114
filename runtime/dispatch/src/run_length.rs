//! Whether the runs of a revision are long.

use std::sync::atomic::{AtomicU64, Ordering};

/// A run that burns more fuel than this does not belong on a worker, where the messages of others
/// wait behind it: one to two milliseconds. Fuel, since a clock counts what others do meanwhile.
const LONG_FUEL: u64 = 2_000_000;
/// What a long run counts fades by this part with each run after it: after 50 ms of spinning,
/// about a thousand runs must have been short.
const FADES: u64 = 256;

/// No run has ended yet. The first one is not for a worker either: of a handler that spins it would
/// keep one, and so would each of a burst.
const UNKNOWN: u64 = u64::MAX;

/// The fuel of the longest run of late. A load for each run as long as all of them are short.
#[derive(Debug)]
pub(crate) struct RunLength(AtomicU64);

impl Default for RunLength {
    fn default() -> Self {
        Self(AtomicU64::new(UNKNOWN))
    }
}

impl RunLength {
    /// A run has burnt so much.
    pub(crate) fn ran(&self, fuel: u64) {
        let known = self.0.load(Ordering::Relaxed);
        if fuel.max(known) < LONG_FUEL {
            return;
        }
        let faded = match known {
            UNKNOWN => 0,
            known => known - known / FADES,
        };
        self.0.store(fuel.max(faded), Ordering::Relaxed);
    }

    /// Whether runs may be long: one of late was, or none has ended.
    pub(crate) fn is_long(&self) -> bool {
        self.0.load(Ordering::Relaxed) >= LONG_FUEL
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_long_run_is_remembered_for_a_thousand_short_ones_and_not_for_ever() {
        let length = RunLength::default();
        assert!(length.is_long(), "nothing is known");
        for _ in 0..10_000 {
            length.ran(LONG_FUEL - 1);
        }
        assert!(!length.is_long());
        length.ran(100_000_000);
        for _ in 0..900 {
            length.ran(5_000);
            assert!(length.is_long());
        }
        for _ in 0..200 {
            length.ran(5_000);
        }
        assert!(!length.is_long());
    }
}
