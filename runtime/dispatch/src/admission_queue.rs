//! How many may be in at the same time, and how many may wait outside.

use std::sync::atomic::{AtomicUsize, Ordering};

use evroute_event::LimitKind;
use tokio::sync::{Semaphore, SemaphorePermit};

/// A door for runs that may take long. So their number is limited, and so is the number of events that wait for their turn:
/// what is over both limits is refused at once.
#[derive(Debug)]
pub(crate) struct AdmissionQueue {
    running: Semaphore,
    running_max: usize,
    waiting: AtomicUsize,
    waiting_max: usize,
    /// What who is refused has hit.
    quota: LimitKind,
}

impl AdmissionQueue {
    /// A door for `running_max` runs at the same time and `waiting_max` events before it.
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

    /// How many are in now.
    pub(crate) fn running(&self) -> usize {
        self.running_max
            .saturating_sub(self.running.available_permits())
    }

    /// How many wait for their turn now.
    pub(crate) fn waiting(&self) -> usize {
        self.waiting.load(Ordering::Relaxed)
    }

    /// Waits for a turn.
    ///
    /// # Errors
    /// The door's quota when too many wait already.
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
