//! Which counts each nonce was used with.

use std::collections::BTreeMap;

use crate::nonces::NonceFault;

/// Which counts one nonce was used with: of the highest and the 63 below it. A phone whose requests
/// overtake each other is not taken for somebody who repeats them.
#[derive(Clone, Copy, Debug)]
struct NcWindow {
    highest: u32,
    /// Bit n: the count `highest - n` was used.
    used: u64,
}

impl NcWindow {
    const fn begun_with(count: u32) -> Self {
        Self {
            highest: count,
            used: 1,
        }
    }

    fn take(&mut self, count: u32) -> Result<(), NonceFault> {
        if let Some(ahead) = count.checked_sub(self.highest).filter(|ahead| *ahead > 0) {
            self.used = self.used.checked_shl(ahead).unwrap_or(0) | 1;
            self.highest = count;
            return Ok(());
        }
        let behind = self.highest - count;
        // Nobody remembers whether that one was used.
        let bit = 1_u64.checked_shl(behind).ok_or(NonceFault::Stale)?;
        if self.used & bit != 0 {
            return Err(NonceFault::Replayed);
        }
        self.used |= bit;
        Ok(())
    }
}

/// When a nonce was issued, milliseconds since 1970, and what tells it from others of that moment.
pub(crate) type NonceKey = (u64, u64);

/// The windows of all nonces that were used. At most so many: the oldest is forgotten for a new
/// one, and from then on whatever is no younger than that and not here is stale. So nothing that
/// was forgotten counts as never used.
#[derive(Debug)]
pub(crate) struct NcWindows {
    windows: BTreeMap<NonceKey, NcWindow>,
    windows_max: usize,
    /// The youngest that was forgotten.
    forgotten: Option<u64>,
}

impl NcWindows {
    pub(crate) const fn new(windows_max: usize) -> Self {
        Self {
            windows: BTreeMap::new(),
            windows_max,
            forgotten: None,
        }
    }

    pub(crate) fn len(&self) -> usize {
        self.windows.len()
    }

    /// Uses a nonce with a count. One that is used without a count is used up.
    pub(crate) fn take(&mut self, key: NonceKey, count: Option<u32>) -> Result<(), NonceFault> {
        // Counts begin with 1 (RFC 7616 3.4).
        if count == Some(0) {
            return Err(NonceFault::Stale);
        }
        if let Some(window) = self.windows.get_mut(&key) {
            return match count {
                Some(count) => window.take(count),
                None => Err(NonceFault::Replayed),
            };
        }
        if self.forgotten.is_some_and(|forgotten| key.0 <= forgotten) {
            return Err(NonceFault::Stale);
        }
        // Without a count nothing can follow.
        let window = NcWindow::begun_with(count.unwrap_or(u32::MAX));
        let window = match count {
            Some(_) => window,
            None => NcWindow {
                used: u64::MAX,
                ..window
            },
        };
        self.windows.insert(key, window);
        if self.windows.len() > self.windows_max {
            self.forget_oldest();
        }
        Ok(())
    }

    /// Forgets nonces that were issued before this moment: they are stale by their age.
    pub(crate) fn forget_before(&mut self, issued: u64) {
        while self
            .windows
            .first_key_value()
            .is_some_and(|(key, _)| key.0 < issued)
        {
            self.forget_oldest();
        }
    }

    fn forget_oldest(&mut self) {
        if let Some(((issued, _), _)) = self.windows.pop_first() {
            self.forgotten = self.forgotten.max(Some(issued));
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_count_is_taken_once_and_in_any_order_within_the_window() {
        let mut windows = NcWindows::new(8);
        for count in [1, 3, 2, 70, 7, 69] {
            assert_eq!(windows.take((5, 1), Some(count)), Ok(()), "{count}");
        }
        for count in [70, 69, 7] {
            let again = windows.take((5, 1), Some(count));
            assert_eq!(again, Err(NonceFault::Replayed), "{count}");
        }
        for count in [0, 1, 6] {
            let behind = windows.take((5, 1), Some(count));
            assert_eq!(behind, Err(NonceFault::Stale), "{count}");
        }
        assert_eq!(windows.take((5, 1), Some(u32::MAX)), Ok(()));
        assert_eq!(
            windows.take((5, 1), Some(u32::MAX)),
            Err(NonceFault::Replayed)
        );
    }

    #[test]
    fn a_nonce_without_a_count_is_used_once() {
        let mut windows = NcWindows::new(8);
        assert_eq!(windows.take((5, 1), None), Ok(()));
        assert_eq!(windows.take((5, 1), None), Err(NonceFault::Replayed));
        assert!(windows.take((5, 1), Some(1)).is_err());
        assert!(windows.take((5, 1), Some(u32::MAX)).is_err());
        assert_eq!(windows.take((5, 2), Some(1)), Ok(()));
        assert_eq!(windows.take((5, 2), None), Err(NonceFault::Replayed));
    }

    #[test]
    fn what_was_forgotten_is_stale_and_not_new() {
        let mut windows = NcWindows::new(2);
        for issued in [10, 20, 30] {
            assert_eq!(windows.take((issued, 0), Some(1)), Ok(()));
        }
        assert_eq!(windows.len(), 2);
        assert_eq!(windows.take((10, 0), Some(1)), Err(NonceFault::Stale));
        assert_eq!(windows.take((10, 1), Some(1)), Err(NonceFault::Stale));
        assert_eq!(windows.take((20, 0), Some(2)), Ok(()));
        windows.forget_before(30);
        assert_eq!(windows.len(), 1);
        assert_eq!(windows.take((20, 0), Some(3)), Err(NonceFault::Stale));
        assert_eq!(windows.take((21, 0), Some(1)), Ok(()));
    }

    proptest! {
        /// Whatever comes in whatever order: nothing is taken twice.
        #[test]
        fn nothing_is_taken_twice(
            max in 1_usize..6,
            taken in prop::collection::vec((0_u64..6, 0_u64..3, prop::option::of(0_u32..90)), 1..200),
        ) {
            let mut windows = NcWindows::new(max);
            let mut seen = BTreeSet::new();
            for (issued, id, count) in taken {
                if windows.take((issued, id), count).is_ok() {
                    prop_assert!(seen.insert((issued, id, count)));
                }
                prop_assert!(windows.len() <= max);
            }
        }
    }
}
