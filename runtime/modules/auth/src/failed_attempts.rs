//! Who guesses passwords.

use std::collections::{BTreeSet, HashMap};
use std::net::IpAddr;
use std::sync::{Mutex, MutexGuard, PoisonError};

/// Who tried: a source (an IPv4 address, or a /64), and the name that it tried.
pub(crate) type Guesser = (IpAddr, String);

/// How wrong passwords are slowed down.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct FailureLimits {
    /// Wrong passwords of one source for one name that cost nothing.
    pub failures_max: u32,
    /// How long the next one blocks, in milliseconds; each further one twice as long.
    pub block_ms: u64,
    /// The longest block, in milliseconds. Who was quiet for so long begins anew.
    pub block_ms_max: u64,
    /// Of how many pairs of source and name failures are counted. One more takes the place of the
    /// one that was quiet for the longest time.
    pub tracked_max: usize,
}

/// Wrong passwords by source and name. Whether the name exists makes no difference.
#[derive(Debug)]
pub(crate) struct FailedAttempts {
    limits: FailureLimits,
    table: Mutex<Table>,
}

#[derive(Default, Debug)]
struct Table {
    by_guesser: HashMap<Guesser, Attempts>,
    /// The same by the time of the last failure.
    by_age: BTreeSet<(u64, Guesser)>,
}

#[derive(Clone, Copy, Debug)]
struct Attempts {
    failures: u32,
    last: u64,
    blocked_until: u64,
}

impl FailedAttempts {
    pub(crate) fn new(limits: FailureLimits) -> Self {
        Self {
            limits,
            table: Mutex::default(),
        }
    }

    /// For how many milliseconds more nothing is checked; none where something is.
    pub(crate) fn blocked(&self, guesser: &Guesser, now: u64) -> Option<u64> {
        let table = self.table();
        let attempts = table.by_guesser.get(guesser)?;
        attempts
            .blocked_until
            .checked_sub(now)
            .filter(|left| *left > 0)
    }

    /// A wrong password: how many there were in a row.
    pub(crate) fn failed(&self, guesser: &Guesser, now: u64) -> u32 {
        let mut table = self.table();
        table.forget_before(now.saturating_sub(self.limits.block_ms_max));
        let before = table.remove(guesser).map_or(0, |before| before.failures);
        let failures = before.saturating_add(1);
        let attempts = Attempts {
            failures,
            last: now,
            blocked_until: now.saturating_add(self.block(failures)),
        };
        if table.by_guesser.len() >= self.limits.tracked_max {
            table.forget_oldest();
        }
        table.by_age.insert((now, guesser.clone()));
        table.by_guesser.insert(guesser.clone(), attempts);
        failures
    }

    /// A right one.
    pub(crate) fn succeeded(&self, guesser: &Guesser) {
        self.table().remove(guesser);
    }

    /// Forgets all failures for a name, whatever their source: how many sources there were.
    pub(crate) fn pardon(&self, name: &str) -> usize {
        let mut table = self.table();
        let guessers = table.by_guesser.keys().filter(|(_, known)| known == name);
        let guessers: Vec<_> = guessers.cloned().collect();
        for guesser in &guessers {
            table.remove(guesser);
        }
        guessers.len()
    }

    /// Those that are blocked now, `count` at most, with their failures and how many milliseconds
    /// are left.
    pub(crate) fn all_blocked(&self, now: u64, count: usize) -> Vec<(Guesser, u32, u64)> {
        let table = self.table();
        let blocked = table.by_guesser.iter().filter_map(|(guesser, attempts)| {
            let left = attempts
                .blocked_until
                .checked_sub(now)
                .filter(|left| *left > 0)?;
            Some((guesser.clone(), attempts.failures, left))
        });
        blocked.take(count).collect()
    }

    /// Of how many pairs failures are counted.
    pub(crate) fn tracked(&self) -> usize {
        self.table().by_guesser.len()
    }

    fn block(&self, failures: u32) -> u64 {
        let Some(beyond) = failures.checked_sub(self.limits.failures_max + 1) else {
            return 0;
        };
        let times = 1_u64.checked_shl(beyond).unwrap_or(u64::MAX);
        let block = self.limits.block_ms.saturating_mul(times);
        block.min(self.limits.block_ms_max)
    }

    fn table(&self) -> MutexGuard<'_, Table> {
        self.table.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Table {
    fn remove(&mut self, guesser: &Guesser) -> Option<Attempts> {
        let attempts = self.by_guesser.remove(guesser)?;
        self.by_age.remove(&(attempts.last, guesser.clone()));
        Some(attempts)
    }

    fn forget_oldest(&mut self) {
        if let Some((_, guesser)) = self.by_age.pop_first() {
            self.by_guesser.remove(&guesser);
        }
    }

    fn forget_before(&mut self, time: u64) {
        while self.by_age.first().is_some_and(|(last, _)| *last < time) {
            self.forget_oldest();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const LIMITS: FailureLimits = FailureLimits {
        failures_max: 3,
        block_ms: 1_000,
        block_ms_max: 5_000,
        tracked_max: 2,
    };

    fn guesser(name: &str) -> Guesser {
        ([192, 0, 2, 7].into(), name.to_owned())
    }

    #[test]
    fn each_failure_beyond_the_free_ones_blocks_twice_as_long() {
        let failed = FailedAttempts::new(LIMITS);
        let alice = guesser("alice");
        let mut now = 10;
        let mut blocks = Vec::new();
        for _ in 0..8 {
            failed.failed(&alice, now);
            let block = failed.blocked(&alice, now).unwrap_or(0);
            blocks.push(block);
            now += block;
            assert_eq!(failed.blocked(&alice, now), None);
        }
        assert_eq!(blocks, [0, 0, 0, 1_000, 2_000, 4_000, 5_000, 5_000]);
        failed.succeeded(&alice);
        assert_eq!(failed.failed(&alice, now), 1);
    }

    #[test]
    fn others_are_not_blocked() {
        let failed = FailedAttempts::new(LIMITS);
        for _ in 0..9 {
            failed.failed(&guesser("alice"), 10);
        }
        assert!(failed.blocked(&guesser("alice"), 10).is_some());
        assert_eq!(failed.blocked(&guesser("bob"), 10), None);
        let elsewhere = ([192, 0, 2, 8].into(), "alice".to_owned());
        assert_eq!(failed.blocked(&elsewhere, 10), None);
        assert_eq!(failed.all_blocked(10, 9), [(guesser("alice"), 9, 5_000)]);
        assert_eq!((failed.pardon("alice"), failed.pardon("alice")), (1, 0));
        assert_eq!(failed.blocked(&guesser("alice"), 10), None);
    }

    #[test]
    fn who_is_quiet_is_forgotten_and_so_many_are_known_at_most() {
        let failed = FailedAttempts::new(LIMITS);
        failed.failed(&guesser("a"), 10);
        failed.failed(&guesser("b"), 20);
        failed.failed(&guesser("a"), 30);
        failed.failed(&guesser("c"), 40);
        assert_eq!(failed.tracked(), 2);
        assert_eq!(
            failed.failed(&guesser("a"), 50),
            3,
            "b was quiet for longer"
        );
        assert_eq!(failed.failed(&guesser("a"), 5_051), 1);
        assert_eq!(failed.tracked(), 1);
    }
}
