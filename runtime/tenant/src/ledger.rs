//! What a tenant used so far.

use std::sync::atomic::{AtomicU64, Ordering};

use crate::Meter;

/// What a tenant used since the server started. Shared by all its runs; adding takes no lock.
#[derive(Debug, Default)]
pub struct Ledger {
    runs: AtomicU64,
    runs_failed: AtomicU64,
    refused: AtomicU64,
    fuel: AtomicU64,
    hostcall_cost: AtomicU64,
    hostcall_bytes: AtomicU64,
    log_lines: AtomicU64,
    log_bytes: AtomicU64,
    actions: AtomicU64,
    writes_refused: AtomicU64,
}

/// A ledger as it stood at one time. The numbers are read one after the other: a run that ends
/// meanwhile may be in some and not yet in others.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct LedgerTotals {
    /// Runs that ended, whatever their outcome.
    pub runs: u64,
    /// Of those, runs that returned no verdict.
    pub runs_failed: u64,
    /// Events that a limit of the tenant or of a handler refused: no run began for them.
    pub refused: u64,
    /// Fuel burnt.
    pub fuel: u64,
    /// What their host calls counted.
    pub meter: Meter,
}

impl LedgerTotals {
    /// What a host call counts in fuel.
    pub const HOSTCALL_WORK: u64 = 100;

    /// One number for all that runs did: their fuel, each host call as
    /// [`LedgerTotals::HOSTCALL_WORK`] of it, and each byte that host calls moved as one.
    #[must_use]
    pub fn work(&self) -> u64 {
        let calls = self.meter.hostcall_cost.saturating_mul(Self::HOSTCALL_WORK);
        let work = self.fuel.saturating_add(calls);
        work.saturating_add(self.meter.hostcall_bytes)
    }
}

impl Ledger {
    /// Adds a run that ended. `returned` says whether it returned a verdict.
    pub fn charge(&self, fuel: u64, meter: &Meter, returned: bool) {
        add(&self.runs, 1);
        add(&self.runs_failed, u64::from(!returned));
        add(&self.fuel, fuel);
        add(&self.hostcall_cost, meter.hostcall_cost);
        add(&self.hostcall_bytes, meter.hostcall_bytes);
        add(&self.log_lines, meter.log_lines);
        add(&self.log_bytes, meter.log_bytes);
        add(&self.actions, meter.actions);
        add(&self.writes_refused, meter.writes_refused);
    }

    /// Adds an event for which a limit let no run begin.
    pub fn refuse(&self) {
        add(&self.refused, 1);
    }

    /// The numbers now.
    #[must_use]
    pub fn totals(&self) -> LedgerTotals {
        let read = |number: &AtomicU64| number.load(Ordering::Relaxed);
        LedgerTotals {
            runs: read(&self.runs),
            runs_failed: read(&self.runs_failed),
            refused: read(&self.refused),
            fuel: read(&self.fuel),
            meter: Meter {
                hostcall_cost: read(&self.hostcall_cost),
                hostcall_bytes: read(&self.hostcall_bytes),
                log_lines: read(&self.log_lines),
                log_bytes: read(&self.log_bytes),
                actions: read(&self.actions),
                writes_refused: read(&self.writes_refused),
            },
        }
    }
}

/// Most numbers of most runs are zero; not touching the cache line is cheaper than adding nothing
/// to it.
fn add(number: &AtomicU64, amount: u64) {
    if amount != 0 {
        number.fetch_add(amount, Ordering::Relaxed);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn runs_of_many_threads_add_up() {
        let ledger = Ledger::default();
        let meter = Meter {
            hostcall_cost: 1,
            hostcall_bytes: 2,
            log_lines: 3,
            log_bytes: 4,
            actions: 5,
            writes_refused: 6,
        };
        std::thread::scope(|scope| {
            for thread in 0..4 {
                let ledger = &ledger;
                scope.spawn(move || (0..1000).for_each(|_| ledger.charge(7, &meter, thread != 0)));
            }
        });
        let expected = LedgerTotals {
            runs: 4000,
            runs_failed: 1000,
            refused: 0,
            fuel: 28_000,
            meter: Meter {
                hostcall_cost: 4000,
                hostcall_bytes: 8000,
                log_lines: 12_000,
                log_bytes: 16_000,
                actions: 20_000,
                writes_refused: 24_000,
            },
        };
        assert_eq!(ledger.totals(), expected);
        assert_eq!(expected.work(), 28_000 + 4000 * 100 + 8000);
        ledger.refuse();
        assert_eq!(ledger.totals().refused, 1);
    }
}
