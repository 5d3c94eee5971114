//! A queue with two limits: how many run at the same time, and how many wait.

use std::sync::atomic::{AtomicUsize, Ordering};

use evroute_event::LimitKind;
use tokio::sync::{Semaphore, SemaphorePermit};

/// The queue before runs that may take long. Their number is limited, and so is the number of
/// events that wait: what is over both limits is refused at once.
#[derive(Debug)]
pub(crate) struct AdmissionQueue {
    running: Semaphore,
    running_max: usize,
    waiting: AtomicUsize,
    waiting_max: usize,
    /// The limit that a refused event has hit.
    quota: LimitKind,
}

impl AdmissionQueue {
    /// A queue with permits for `running_max` runs and places for `waiting_max` events that wait.
    pub(crate) fn new(running_max: usize, waiting_max: usize, quota: LimitKind) -> Self {
        let running_max = running_max.min(Semaphore::MAX_PERMITS);
        Self {
            running: Semaphore::new(running_max),
            running_max,
            waiting: AtomicUsize::new(0),
            waiting_max,
            quota,
        }
    }

    /// How many run now.
    pub(crate) fn running(&self) -> usize {
        self.running_max
            .saturating_sub(self.running.available_permits())
    }

    /// How many wait for a permit now.
    pub(crate) fn waiting(&self) -> usize {
        self.waiting.load(Ordering::Relaxed)
    }

    /// Waits for a permit.
    ///
    /// # Errors
    /// The queue's limit when too many wait already.
    pub(crate) async fn enter(&self) -> Result<SemaphorePermit<'_>, LimitKind> {
        if let Ok(permit) = self.running.try_acquire() {
            return Ok(permit);
        }
        let place = Waiting::take(self).ok_or(self.quota)?;
        let permit = self.running.acquire().await.map_err(|_| self.quota);
        drop(place);
        permit
    }
}

/// A place in the queue, given back when dropped: a caller may stop waiting.
struct Waiting<'a>(&'a AdmissionQueue);

impl<'a> Waiting<'a> {
    fn take(admission_queue: &'a AdmissionQueue) -> Option<Self> {
        let before = admission_queue.waiting.fetch_add(1, Ordering::Relaxed);
        let place = Self(admission_queue);
        (before < admission_queue.waiting_max).then_some(place)
    }
}

impl Drop for Waiting<'_> {
    fn drop(&mut self) {
        self.0.waiting.fetch_sub(1, Ordering::Relaxed);
    }
}
