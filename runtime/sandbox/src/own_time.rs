//! How long a run in the async lane has been at work itself.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

/// The time in which a run was polled. What it waits for I/O, and what it waits for its worker
/// while others are at work there, is not its own. Read and written by whoever polls the run, never
/// by two at once.
#[derive(Debug)]
pub(crate) struct OwnTime {
    start: Instant,
    /// In microseconds: all polls that are over.
    before: AtomicU64,
    /// In microseconds since `start`: when the poll under way began.
    since: AtomicU64,
}

impl OwnTime {
    pub(crate) fn new() -> Self {
        Self {
            start: Instant::now(),
            before: AtomicU64::new(0),
            since: AtomicU64::new(0),
        }
    }

    /// Does a piece of the run's work.
    pub(crate) fn measure<T>(&self, poll: impl FnOnce() -> T) -> T {
        self.since.store(self.now(), Ordering::Relaxed);
        let polled = poll();
        let before = self.so_far();
        self.before.store(before, Ordering::Relaxed);
        polled
    }

    /// How long it has been at work, from within a piece of it.
    pub(crate) fn spent(&self) -> Duration {
        Duration::from_micros(self.so_far())
    }

    fn so_far(&self) -> u64 {
        let under_way = self
            .now()
            .saturating_sub(self.since.load(Ordering::Relaxed));
        self.before
            .load(Ordering::Relaxed)
            .saturating_add(under_way)
    }

    fn now(&self) -> u64 {
        u64::try_from(self.start.elapsed().as_micros()).unwrap_or(u64::MAX)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_is_measured_counts() {
        // At work for two of the hundred seconds since it began.
        let time = OwnTime {
            start: Instant::now()
                .checked_sub(Duration::from_secs(100))
                .unwrap(),
            before: AtomicU64::new(2_000_000),
            since: AtomicU64::new(1_000_000),
        };
        let (two, half) = (Duration::from_secs(2), Duration::from_secs(50));
        let spent = time.measure(|| time.spent());
        assert!(spent >= two && spent < half, "{spent:?}");
        let spent = time.measure(|| time.spent());
        assert!(spent >= two && spent < half, "{spent:?}");
        // A piece of work that began seventy seconds ago and is under way.
        time.since.store(30_000_000, Ordering::Relaxed);
        assert!(time.spent() >= half, "{:?}", time.spent());
    }
}
