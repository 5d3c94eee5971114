//! The changes that wait for the disk, of all tenants in turn.

use std::collections::{HashMap, VecDeque};
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use crate::JournalError;
use crate::queued_change::QueuedChange;

/// How many rows one transaction writes: what is written more at once costs each hardly less.
pub(crate) const BATCH_ROWS_MAX: usize = 256;

/// How long the first change waits for others that its commit is shared with. Less than anybody
/// who waits for an answer notices, and 500 commits a second at most.
const SHARED_FOR: Duration = Duration::from_millis(2);

/// The changes that wait for the disk. Each tenant has a queue, and they are taken in turn: however
/// much of one waits, the next of another is in the next transaction but one.
#[derive(Default)]
pub(crate) struct JournalQueue {
    waiting: Mutex<Waiting>,
    arrived: Condvar,
}

#[derive(Default)]
struct Waiting {
    queues: HashMap<u64, VecDeque<QueuedChange>>,
    /// Tenants of which something waits.
    turn: VecDeque<u64>,
    rows: usize,
    is_closed: bool,
}

impl JournalQueue {
    /// Puts a change behind those of its tenant.
    pub(crate) fn put(&self, change: QueuedChange) {
        let mut waiting = self.lock();
        if waiting.is_closed {
            drop(waiting);
            return change.answer(Err(JournalError::Closed));
        }
        let (number, rows) = (change.share.number, change.rows().max(1));
        let queue = waiting.queues.entry(number).or_default();
        let is_first = queue.is_empty();
        queue.push_back(change);
        if is_first {
            waiting.turn.push_back(number);
        }
        let before = waiting.rows;
        waiting.rows = before.saturating_add(rows);
        let is_full = |rows| rows >= BATCH_ROWS_MAX;
        // The writer sleeps until there is something, and until it is enough.
        if before == 0 || (is_full(waiting.rows) && !is_full(before)) {
            self.arrived.notify_one();
        }
    }

    /// The changes of the next transaction; none once it is closed and nothing waits any more.
    /// Blocks until there are some.
    pub(crate) fn take(&self) -> Option<Vec<QueuedChange>> {
        let is_idle = |waiting: &mut Waiting| waiting.rows == 0 && !waiting.is_closed;
        let waiting = self.arrived.wait_while(self.lock(), is_idle);
        let waiting = waiting.unwrap_or_else(PoisonError::into_inner);
        let is_shared = |waiting: &mut Waiting| waiting.rows < BATCH_ROWS_MAX && !waiting.is_closed;
        let shared = self
            .arrived
            .wait_timeout_while(waiting, SHARED_FOR, is_shared);
        let (mut waiting, _) = shared.unwrap_or_else(PoisonError::into_inner);
        let batch = waiting.batch();
        (!batch.is_empty()).then_some(batch)
    }

    /// Takes nothing more. What waits is still written.
    pub(crate) fn close(&self) {
        self.lock().is_closed = true;
        self.arrived.notify_all();
    }

    /// Takes nothing more, and writes nothing more.
    pub(crate) fn abandon(&self) {
        self.close();
        loop {
            let batch = self.lock().batch();
            if batch.is_empty() {
                return;
            }
            for change in batch {
                change.answer(Err(JournalError::Closed));
            }
        }
    }

    fn lock(&self) -> MutexGuard<'_, Waiting> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Waiting {
    /// One change of each tenant in turn, until there are enough rows.
    fn batch(&mut self) -> Vec<QueuedChange> {
        let (mut batch, mut rows) = (Vec::new(), 0_usize);
        while rows < BATCH_ROWS_MAX
            && let Some(number) = self.turn.pop_front()
        {
            let Some(queue) = self.queues.get_mut(&number) else {
                continue;
            };
            let change = queue.pop_front();
            match queue.is_empty() {
                true => drop(self.queues.remove(&number)),
                false => self.turn.push_back(number),
            }
            rows += change.as_ref().map_or(0, |change| change.rows().max(1));
            batch.extend(change);
        }
        self.rows = self.rows.saturating_sub(rows);
        batch
    }
}
