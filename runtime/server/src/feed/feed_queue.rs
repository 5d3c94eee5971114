//! What waits for one reader.

use std::sync::{Mutex, MutexGuard, PoisonError};

use tokio::sync::Notify;

use super::FeedFilter;

/// What may wait, in bytes.
const QUEUE_BYTES_MAX: usize = 256 << 10;

/// The queue of one reader.
#[derive(Debug)]
pub(crate) struct FeedQueue {
    filter: FeedFilter,
    waiting: Mutex<Waiting>,
    wake: Notify,
}

#[derive(Debug, Default)]
struct Waiting {
    text: String,
    dropped: u64,
}

/// What a reader takes: lines, and how many were dropped since it last took some.
#[derive(PartialEq, Eq, Debug)]
pub(crate) struct Taken {
    pub(crate) text: String,
    pub(crate) dropped: u64,
}

impl FeedQueue {
    pub(super) fn new(filter: FeedFilter) -> Self {
        Self {
            filter,
            waiting: Mutex::default(),
            wake: Notify::new(),
        }
    }

    pub(super) fn filter(&self) -> &FeedFilter {
        &self.filter
    }

    /// Adds a line, or drops it where there is no room; what is dropped is not put together.
    pub(super) fn put(&self, line: impl FnOnce() -> String) {
        if self.lock().text.len() >= QUEUE_BYTES_MAX {
            self.lock().dropped += 1;
            return;
        }
        // Put together outside of the lock.
        let line = line();
        let mut waiting = self.lock();
        if waiting.text.len() + line.len() > QUEUE_BYTES_MAX {
            waiting.dropped += 1;
            return;
        }
        let is_first = waiting.text.is_empty();
        waiting.text.push_str(&line);
        drop(waiting);
        if is_first {
            self.wake.notify_one();
        }
    }

    /// Waits for lines and takes all there are. May be dropped and asked again: nothing is lost.
    pub(crate) async fn take(&self) -> Taken {
        loop {
            let Waiting { text, dropped } = std::mem::take(&mut *self.lock());
            if !text.is_empty() || dropped > 0 {
                return Taken { text, dropped };
            }
            self.wake.notified().await;
        }
    }

    #[cfg(test)]
    pub(super) fn is_empty(&self) -> bool {
        self.lock().text.is_empty()
    }

    fn lock(&self) -> MutexGuard<'_, Waiting> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
