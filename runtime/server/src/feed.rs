//! What happens, as it happens, for those who look on: lines of handlers, and runs.
//!
//! Whoever looks on has a queue of a bounded size. What finds no room in it is dropped and counted,
//! and the reader is told: a run never waits for somebody who reads slowly.

mod feed_filter;
mod feed_lines;
mod feed_queue;
mod log_history;
mod tapped_log_sink;

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use arc_swap::ArcSwap;
use evroute_clock::wall_us;
use evroute_dispatch::RunRecord;
use evroute_module_api::Line;

pub(crate) use feed_filter::{FeedFilter, FeedKind};
pub(crate) use feed_queue::{FeedQueue, Taken};
pub(crate) use log_history::{LogHistory, OldLine, Past};
pub(crate) use tapped_log_sink::TappedLogSink;

/// Readers at the same time, and of one tenant.
const READERS_MAX: usize = 32;
const TENANT_READERS_MAX: usize = 4;

/// Why nobody can look on.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
pub(crate) enum FeedRefusal {
    #[error("{READERS_MAX} read already; try again later")]
    Readers,
    #[error("{TENANT_READERS_MAX} of this tenant read already; end one of them")]
    OfTenant,
}

/// Those who look on.
#[derive(Debug, Default)]
pub struct Feed {
    readers: ArcSwap<Vec<Arc<FeedQueue>>>,
    /// How many there are of each kind: what nobody reads is not even put together.
    lines: AtomicUsize,
    runs: AtomicUsize,
    /// Whoever changes the readers holds it.
    changing: Mutex<()>,
    history: LogHistory,
}

/// One who looks on, until it is dropped.
#[derive(Debug)]
pub(crate) struct FeedReader {
    feed: Arc<Feed>,
    queue: Arc<FeedQueue>,
}

impl Feed {
    /// Begins to look on.
    pub(crate) fn read(self: &Arc<Self>, filter: FeedFilter) -> Result<FeedReader, FeedRefusal> {
        let _changing = self.changing.lock().unwrap_or_else(PoisonError::into_inner);
        let mut readers = Vec::clone(&self.readers.load());
        if readers.len() >= READERS_MAX {
            return Err(FeedRefusal::Readers);
        }
        let of_same = readers
            .iter()
            .filter(|reader| filter.tenant.is_some() && reader.filter().tenant == filter.tenant);
        if of_same.count() >= TENANT_READERS_MAX {
            return Err(FeedRefusal::OfTenant);
        }
        self.of_kind(filter.kind).fetch_add(1, Ordering::Relaxed);
        let queue = Arc::new(FeedQueue::new(filter));
        readers.push(Arc::clone(&queue));
        self.readers.store(Arc::new(readers));
        let feed = Arc::clone(self);
        Ok(FeedReader { feed, queue })
    }

    /// Whether anybody reads lines.
    pub(crate) fn has_line_readers(&self) -> bool {
        self.lines.load(Ordering::Relaxed) > 0
    }

    /// What handlers wrote last.
    pub(crate) fn history(&self) -> &LogHistory {
        &self.history
    }

    /// Keeps a line of a handler that is in the log.
    pub(crate) fn keep(&self, line: &Line<'_>) {
        let text = feed_lines::of_line(line).into();
        let time_us = line.time_us;
        self.history.keep(line.tenant, OldLine { time_us, text });
    }

    /// Shows a line of a handler to those who want it.
    pub(crate) fn line(&self, line: &Line<'_>) {
        if !self.has_line_readers() {
            return;
        }
        for reader in self.readers.load().iter() {
            if reader.filter().wants_line(line) {
                reader.put(|| feed_lines::of_line(line));
            }
        }
    }

    /// Shows a run to those who want it.
    pub(crate) fn run(&self, record: &RunRecord<'_>) {
        if self.runs.load(Ordering::Relaxed) == 0 {
            return;
        }
        for reader in self.readers.load().iter() {
            if reader.filter().wants_run(record) {
                reader.put(|| feed_lines::of_run(record, wall_us()));
            }
        }
    }

    fn of_kind(&self, kind: FeedKind) -> &AtomicUsize {
        match kind {
            FeedKind::Lines => &self.lines,
            FeedKind::Runs => &self.runs,
        }
    }
}

impl FeedReader {
    pub(crate) fn queue(&self) -> &FeedQueue {
        &self.queue
    }
}

impl Drop for FeedReader {
    fn drop(&mut self) {
        let feed = &self.feed;
        let _changing = feed.changing.lock().unwrap_or_else(PoisonError::into_inner);
        let mut readers = Vec::clone(&feed.readers.load());
        readers.retain(|reader| !Arc::ptr_eq(reader, &self.queue));
        feed.readers.store(Arc::new(readers));
        let kind = self.queue.filter().kind;
        feed.of_kind(kind).fetch_sub(1, Ordering::Relaxed);
    }
}

#[cfg(test)]
pub(crate) mod tests;
