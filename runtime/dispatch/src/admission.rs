//! How many async runs a tenant may have.

use std::sync::atomic::{AtomicUsize, Ordering};

use evroute_event::Quota;
use tokio::sync::{Semaphore, SemaphorePermit};

/// The async lane's door for one tenant. Runs in it may take long, so their number is limited, and so is the number of
/// events that wait for their turn: what is over both limits is refused at once.
#[derive(Debug)]
pub struct Admission {
    running: Semaphore,
    running_max: usize,
    waiting: AtomicUsize,
    waiting_max: usize,
}

impl Default for Admission {
    fn default() -> Self {
        Self::new(64, 1024)
    }
}

impl Admission {
    /// A door for `running_max` runs at the same time and `waiting_max` events before it.
    #[must_use]
    pub fn new(running_max: usize, waiting_max: usize) -> Self {
        let running_max = running_max.min(Semaphore::MAX_PERMITS);
        Self {
            running: Semaphore::new(running_max),
            running_max,
            waiting: AtomicUsize::new(0),
            waiting_max,
        }
    }

    /// How many runs are in the lane now.
    #[must_use]
    pub fn running(&self) -> usize {
        self.running_max
            .saturating_sub(self.running.available_permits())
    }

    /// How many events wait for their turn now.
    #[must_use]
    pub fn waiting(&self) -> usize {
        self.waiting.load(Ordering::Relaxed)
    }

    /// Waits for a turn.
    ///
    /// # Errors
    /// [`Quota::RunsConcurrent`] when too many wait already.
    pub(crate) async fn enter(&self) -> Result<SemaphorePermit<'_>, Quota> {
        if let Ok(permit) = self.running.try_acquire() {
            return Ok(permit);
        }
        let place = Waiting::take(self).ok_or(Quota::RunsConcurrent)?;
        let permit = self
            .running
            .acquire()
            .await
            .map_err(|_| Quota::RunsConcurrent);
        drop(place);
        permit
    }
}

/// A place in the queue, given back when dropped: a caller may stop waiting.
struct Waiting<'a>(&'a Admission);

impl<'a> Waiting<'a> {
    fn take(admission: &'a Admission) -> Option<Self> {
        let before = admission.waiting.fetch_add(1, Ordering::Relaxed);
        let place = Self(admission);
        (before < admission.waiting_max).then_some(place)
    }
}

impl Drop for Waiting<'_> {
    fn drop(&mut self) {
        self.0.waiting.fetch_sub(1, Ordering::Relaxed);
    }
}
