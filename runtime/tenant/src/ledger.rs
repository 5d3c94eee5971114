//! What a tenant used so far.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use crate::Meter;

/// What a tenant used. Shared by all its runs; adding takes no lock.
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
    outgoing: AtomicU64,
    outgoing_refused: AtomicU64,
    compile_us: AtomicU64,
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
    /// Requests that left for it.
    pub outgoing: u64,
    /// Requests that did not, for its rate.
    pub outgoing_refused: u64,
    /// Microseconds of processor time that compiling its components took.
    pub compile_us: u64,
}

impl LedgerTotals {
    /// What a host call counts in fuel.
    pub const HOSTCALL_WORK: u64 = 100;

    /// The names of all numbers, in the order of [`LedgerTotals::numbers`]: what they are kept
    /// under.
    pub const NAMES: [&str; 13] = [
        "events",
        "events_failed",
        "events_refused",
        "fuel",
        "hostcalls",
        "hostcall_bytes",
        "log_lines",
        "log_bytes",
        "actions",
        "writes_refused",
        "outgoing_requests",
        "outgoing_refused",
        "compile_us",
    ];

    /// All numbers, in the order of [`LedgerTotals::NAMES`].
    #[must_use]
    pub const fn numbers(&self) -> [u64; 13] {
        [
            self.runs,
            self.runs_failed,
            self.refused,
            self.fuel,
            self.meter.hostcall_cost,
            self.meter.hostcall_bytes,
            self.meter.log_lines,
            self.meter.log_bytes,
            self.meter.actions,
            self.meter.writes_refused,
            self.outgoing,
            self.outgoing_refused,
            self.compile_us,
        ]
    }

    /// The totals with these numbers, in the same order.
    #[must_use]
    pub const fn from_numbers(numbers: [u64; 13]) -> Self {
        let [
            runs,
            runs_failed,
            refused,
            fuel,
            hostcall_cost,
            hostcall_bytes,
            log_lines,
            log_bytes,
            actions,
            writes_refused,
            outgoing,
            outgoing_refused,
            compile_us,
        ] = numbers;
        Self {
            runs,
            runs_failed,
            refused,
            fuel,
            meter: Meter {
                hostcall_cost,
                hostcall_bytes,
                log_lines,
                log_bytes,
                actions,
                writes_refused,
            },
            outgoing,
            outgoing_refused,
            compile_us,
        }
    }

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
    /// One that goes on from what was used before the server started.
    #[must_use]
    pub fn going_on(before: &LedgerTotals) -> Self {
        let of = AtomicU64::new;
        Self {
            runs: of(before.runs),
            runs_failed: of(before.runs_failed),
            refused: of(before.refused),
            fuel: of(before.fuel),
            hostcall_cost: of(before.meter.hostcall_cost),
            hostcall_bytes: of(before.meter.hostcall_bytes),
            log_lines: of(before.meter.log_lines),
            log_bytes: of(before.meter.log_bytes),
            actions: of(before.meter.actions),
            writes_refused: of(before.meter.writes_refused),
            outgoing: of(before.outgoing),
            outgoing_refused: of(before.outgoing_refused),
            compile_us: of(before.compile_us),
        }
    }

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

    /// Adds requests that left, or that did not for the tenant's rate.
    pub fn send(&self, requests: u64, has_left: bool) {
        let number = match has_left {
            true => &self.outgoing,
            false => &self.outgoing_refused,
        };
        add(number, requests);
    }

    /// Adds processor time that compiling a component took.
    pub fn compile(&self, took: Duration) {
        let took = u64::try_from(took.as_micros()).unwrap_or(u64::MAX);
        add(&self.compile_us, took);
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
            outgoing: read(&self.outgoing),
            outgoing_refused: read(&self.outgoing_refused),
            compile_us: read(&self.compile_us),
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
            ..LedgerTotals::default()
        };
        assert_eq!(ledger.totals(), expected);
        assert_eq!(expected.work(), 28_000 + 4000 * 100 + 8000);
        ledger.refuse();
        assert_eq!(ledger.totals().refused, 1);
        ledger.send(3, true);
        ledger.send(2, false);
        ledger.compile(Duration::from_millis(4));
        let totals = ledger.totals();
        assert_eq!((totals.outgoing, totals.outgoing_refused), (3, 2));
        assert_eq!(totals.compile_us, 4000);
    }

    #[test]
    fn each_number_has_its_name_and_a_ledger_goes_on_from_all_of_them() {
        let mut numbers = [0; LedgerTotals::NAMES.len()];
        for (number, into) in (1..).zip(&mut numbers) {
            *into = number;
        }
        let totals = LedgerTotals::from_numbers(numbers);
        assert_eq!(totals.numbers(), numbers);
        let ledger = Ledger::going_on(&totals);
        assert_eq!(ledger.totals(), totals);
        ledger.refuse();
        assert_eq!(ledger.totals().refused, 4);
    }
}
