//! Work that is done where it arises, unless it has to wait.

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::task::{Context, Poll, Waker};
use std::time::Instant;

use evroute_log_throttle::LogThrottle;
use tokio_util::task::TaskTracker;

/// Work that is done when polled once, unless a handler waits for I/O.
pub type BoxFuture = Pin<Box<dyn Future<Output = ()> + Send>>;

/// Runs work where it arises, and moves it into a task of its own only if it has to wait: the
/// common case costs no task, and a slow handler holds up nothing behind it.
#[derive(Clone, Debug)]
pub struct InlineExecutor {
    tracker: TaskTracker,
    waiting: Arc<AtomicUsize>,
    waiting_max: Arc<AtomicUsize>,
    abandoned: Arc<LogThrottle>,
}

impl InlineExecutor {
    /// At most `waiting_max` pieces of work wait at the same time. What is over is given up:
    /// dropped where it stands. Whoever has something to say then says it when dropped.
    #[must_use]
    pub fn new(tracker: TaskTracker, waiting_max: usize) -> Self {
        Self {
            tracker,
            waiting: Arc::default(),
            waiting_max: Arc::new(AtomicUsize::new(waiting_max)),
            abandoned: Arc::default(),
        }
    }

    /// So many more pieces of work may wait.
    pub fn grow(&self, more: usize) {
        self.change(|waiting_max| waiting_max.saturating_add(more));
    }

    /// So many fewer pieces of work may wait. Those that wait go on.
    pub fn shrink(&self, less: usize) {
        self.change(|waiting_max| waiting_max.saturating_sub(less));
    }

    fn change(&self, change: impl Fn(usize) -> usize) {
        let changed = |waiting_max| Some(change(waiting_max));
        // It is always changed.
        let _ = self
            .waiting_max
            .fetch_update(Ordering::Relaxed, Ordering::Relaxed, changed);
    }

    /// Starts work. Must be called within the runtime.
    pub fn start(&self, mut work: BoxFuture) {
        let mut context = Context::from_waker(Waker::noop());
        // Polled again as soon as it is a task, so nothing is lost with this waker.
        if work.as_mut().poll(&mut context) == Poll::Ready(()) {
            return;
        }
        if let Some(place) = self.place() {
            self.spawn(place, work);
        }
    }

    /// A place for work that has to wait. None, which is logged, when as many wait as may.
    #[must_use]
    pub fn place(&self) -> Option<TaskPermit> {
        let place = TaskPermit(Arc::clone(&self.waiting));
        let waiting_max = self.waiting_max.load(Ordering::Relaxed);
        if self.waiting.fetch_add(1, Ordering::Relaxed) < waiting_max {
            return Some(place);
        }
        drop(place);
        if let Some(times) = self.abandoned.happened(Instant::now()) {
            tracing::warn!(waiting_max, times, "too much work waits; some was dropped");
        }
        None
    }

    /// Does work that has a place, in a task of its own. Must be called within the runtime.
    pub fn spawn(&self, place: TaskPermit, work: impl Future<Output = ()> + Send + 'static) {
        self.tracker.spawn(async move {
            work.await;
            drop(place);
        });
    }

    /// How many pieces of work wait now.
    #[must_use]
    pub fn waiting(&self) -> usize {
        self.waiting.load(Ordering::Relaxed)
    }
}

/// A place for a piece of work that waits; free again when dropped.
#[derive(Debug)]
pub struct TaskPermit(Arc<AtomicUsize>);

impl Drop for TaskPermit {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}
