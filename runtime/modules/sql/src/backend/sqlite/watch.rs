//! What looks after a statement while it runs: SQLite calls it between two steps of its machine.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU8, AtomicU64, Ordering};
use std::time::{Duration, Instant};

use super::Shared;
use super::thread_use::ThreadUse;

/// How many steps of SQLite's machine lie between two looks at the clock. Few, since one step may
/// be a function of a long text.
pub(super) const STEPS_PER_LOOK: i32 = 100;
/// How often it is counted what the thread has used.
const COUNT_EVERY: Duration = Duration::from_millis(1);

/// Why a statement was ended.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum HostTrap {
    /// Its deadline came, or nobody waits for its answer any more.
    Deadline,
    /// It has written more than there is room for.
    Room,
}

/// What is known of a statement under way, by the thread that runs it and by the one that waits for
/// it.
#[derive(Debug, Default)]
pub(super) struct UnderWay {
    is_given_up: AtomicBool,
    stop: AtomicU8,
    /// Nanoseconds that were charged.
    charged: AtomicU64,
    /// Bytes that were taken of the disk's room.
    written: AtomicU64,
    /// Bytes that were written for the database, and not by its statement.
    put_back: AtomicU64,
}

impl UnderWay {
    /// Nobody waits for the answer.
    pub(super) fn give_up(&self) {
        self.is_given_up.store(true, Ordering::Relaxed);
    }

    pub(super) fn stopped(&self) -> Option<HostTrap> {
        match self.stop.load(Ordering::Relaxed) {
            0 => None,
            1 => Some(HostTrap::Deadline),
            _ => Some(HostTrap::Room),
        }
    }

    /// Leaves out what the thread has written meanwhile.
    pub(super) fn leave_out<T>(&self, thread: &ThreadUse, run: impl FnOnce() -> T) -> T {
        let before = thread.written();
        let done = run();
        let written = thread.written().saturating_sub(before);
        self.put_back.fetch_add(written, Ordering::Relaxed);
        done
    }

    fn stop(&self, stop: HostTrap) -> bool {
        let stop = match stop {
            HostTrap::Deadline => 1,
            HostTrap::Room => 2,
        };
        self.stop.store(stop, Ordering::Relaxed);
        true
    }
}

/// Counts what one statement uses, on the thread that runs it.
#[derive(Clone)]
pub(super) struct Count {
    under_way: Arc<UnderWay>,
    shared: Arc<Shared>,
    thread: Arc<ThreadUse>,
    time_before: Duration,
    written_before: u64,
}

impl Count {
    pub(super) fn begin(
        under_way: &Arc<UnderWay>,
        shared: &Arc<Shared>,
        thread: &Arc<ThreadUse>,
    ) -> Self {
        Self {
            under_way: Arc::clone(under_way),
            shared: Arc::clone(shared),
            thread: Arc::clone(thread),
            time_before: ThreadUse::time(),
            written_before: thread.written(),
        }
    }

    /// Charges what was used since the last time.
    fn count(&self) {
        let took = ThreadUse::time().saturating_sub(self.time_before);
        let took = u64::try_from(took.as_nanos()).unwrap_or(u64::MAX);
        let before = self.under_way.charged.swap(took, Ordering::Relaxed);
        self.shared
            .charge(Duration::from_nanos(took.saturating_sub(before)));
        let put_back = self.under_way.put_back.load(Ordering::Relaxed);
        let written = self.thread.written();
        let written = written.saturating_sub(self.written_before.saturating_add(put_back));
        let before = self.under_way.written.swap(written, Ordering::Relaxed);
        self.shared.disk.take(written.saturating_sub(before));
        if !self.thread.counts_writes() {
            self.shared.disk.look();
        }
    }

    /// The same at the end, and gives back the room.
    pub(super) fn end(self) {
        self.count();
        let written = self.under_way.written.load(Ordering::Relaxed);
        self.shared.disk.look();
        self.shared.disk.give_back(written);
    }

    fn is_over_room(&self) -> bool {
        let writes = self.under_way.written.load(Ordering::Relaxed) > 0;
        (writes || !self.thread.counts_writes()) && self.shared.disk.is_overrun()
    }
}

/// Ends a statement that takes too long or writes too much.
pub(super) struct Watch {
    count: Count,
    until: Instant,
    next: Instant,
}

impl Watch {
    pub(super) fn new(count: Count, until: Instant) -> Self {
        Self {
            count,
            until,
            next: Instant::now() + COUNT_EVERY,
        }
    }

    /// Whether the statement is to be ended.
    pub(super) fn look(&mut self) -> bool {
        let now = Instant::now();
        let under_way = &self.count.under_way;
        if now >= self.until || under_way.is_given_up.load(Ordering::Relaxed) {
            return under_way.stop(HostTrap::Deadline);
        }
        if now < self.next {
            return false;
        }
        self.next = now + COUNT_EVERY;
        self.count.count();
        if self.count.is_over_room() {
            return under_way.stop(HostTrap::Room);
        }
        false
    }
}
