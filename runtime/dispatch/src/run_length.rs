//! Whether the runs of a revision are long.

use std::sync::atomic::{AtomicU64, Ordering};

/// A run that burns more fuel than this does not belong on a worker, where the messages of others
/// wait behind it: one to two milliseconds. Fuel, since a clock counts what others do meanwhile.
const LONG_FUEL: u64 = 2_000_000;
/// What a long run counts fades by this part with each run after it: after 50 ms of spinning,
/// about a thousand runs must have been short.
const FADES: u64 = 256;

/// The fuel of the longest run of late. A load for each run as long as all of them are short.
#[derive(Debug, Default)]
pub(crate) struct RunLength(AtomicU64);

impl RunLength {
    /// A run has burnt so much.
    pub(crate) fn ran(&self, fuel: u64) {
        let known = self.0.load(Ordering::Relaxed);
        if fuel.max(known) < LONG_FUEL {
            return;
        }
        let faded = known - known / FADES;
        self.0.store(fuel.max(faded), Ordering::Relaxed);
    }

    /// Whether runs are expected to be long.
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
