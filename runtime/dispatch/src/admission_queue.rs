//! A queue with two limits: how many run at the same time, and how many wait.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use evroute_event::LimitKind;

use crate::fair_queue::Urgency;
use crate::fair_share::{FairFlow, FairPermit};
use crate::{FairShare, ShareWeight};

/// The queue before runs that may take long. Their number is limited, and so is the number of
/// events that wait: what is over both limits is refused at once. What belongs to a dialog is
/// before what is new.
#[derive(Debug)]
pub(crate) struct AdmissionQueue {
    share: Arc<FairShare>,
    flow: FairFlow,
    waiting: AtomicUsize,
    waiting_max: usize,
    /// The limit that a refused event has hit.
    quota: LimitKind,
}

impl AdmissionQueue {
    /// A queue with permits for `running_max` runs, at least one, and places for `waiting_max`
    /// events that wait.
    pub(crate) fn new(running_max: usize, waiting_max: usize, quota: LimitKind) -> Self {
        let share = FairShare::new(running_max);
        Self {
            flow: share.join(ShareWeight::default()),
            share,
            waiting: AtomicUsize::new(0),
            waiting_max,
            quota,
        }
    }

    /// How many run now.
    pub(crate) fn running(&self) -> usize {
        self.share.given()
    }

    /// How many wait for a permit now.
    pub(crate) fn waiting(&self) -> usize {
        self.waiting.load(Ordering::Relaxed)
    }

    /// Waits for a permit.
    ///
    /// # Errors
    /// The queue's limit when too many wait already.
    pub(crate) async fn enter(&self, urgency: Urgency) -> Result<FairPermit, LimitKind> {
        if let Some(permit) = self.flow.try_permit(Duration::ZERO) {
            return Ok(permit);
        }
        let place = Waiting::take(self).ok_or(self.quota)?;
        let permit = self.flow.permit(urgency, Duration::ZERO).await;
        drop(place);
        Ok(permit)
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
