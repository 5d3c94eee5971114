//! The CPU time of one tenant's runs: reserved before a run begins, throttled beyond the budget.

use std::pin::pin;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll};
use std::time::Duration;

use evroute_event::LimitKind;
use evroute_sandbox::RunnerAtWork;
use evroute_tenant::{ReservedTime, RunTime};
use tokio::sync::Semaphore;
use tokio::time::Instant;

use crate::admission_queue::AdmissionQueue;
use crate::fair_queue::Urgency;
use crate::fair_share::{FairFlow, FairPermit};
use crate::{FairShare, ShareWeight};

/// How many of a tenant's events may wait for time once it is over its budget.
const WAITING_MAX: usize = 256;
/// What a run in the async lane reserves before it is at work. As long as a tick of the engine's
/// clock, at which it lets others run.
const SLICE: Duration = Duration::from_millis(5);
/// How many runs of the synchronous lane a full budget is enough for, however long each may take.
const RUNS_AT_ONCE: u32 = 4;
/// How often the log says that a tenant is over its budget.
const LOG_INTERVAL: Duration = Duration::from_secs(60);

/// A piece of work in the async lane.
struct Piece<F> {
    /// What is reserved for it.
    most: Duration,
    /// Whether the work goes on although the run waits.
    goes_on: F,
}

/// Of a run in this process, which is at work when it is polled.
const PIECE: Piece<fn() -> bool> = Piece {
    most: SLICE,
    goes_on: || false,
};

/// One tenant's CPU budget: no run is at work in time that was not reserved in its [`RunTime`].
///
/// In the synchronous lane a run reserves all that it may take, or a quarter of what there is at
/// most, and runs where its event came up. Where there is not so much left, or where runs of its
/// revision are long, it is throttled: it waits until time has paid for it, then for a permit, and
/// runs on a thread beside the workers. Permits are given to tenants by weight, and within a tenant
/// to what belongs to a dialog first. What finds no place to wait is refused.
///
/// In the async lane a run reserves a slice whenever it is about to be at work, so that one that
/// waits for a database holds nothing, and gives back what it did not need. Where there is nothing
/// left, it waits for the time that pays for its slice. No more of the tenant's runs are at work at
/// once than it has permits, which leaves a worker to the others. The same holds for runs in cells,
/// whose runners take processors in place of workers.
#[derive(Debug)]
pub struct CpuBudget {
    tenant: String,
    time: Arc<RunTime>,
    /// Runs that were throttled.
    throttled: AtomicU64,
    /// Events of the synchronous lane that are throttled now: those that come after them wait, too.
    behind: AtomicUsize,
    logged: Mutex<Option<Instant>>,
    /// The tenant's own, so that its runs get their permits one after the other.
    admission_queue: AdmissionQueue,
    /// Those of the async lane.
    permits: Semaphore,
    /// The tenant's part of those that all tenants share.
    everybody: FairFlow,
}

/// The permit of a run of a tenant that is over its budget, released when dropped.
pub(crate) struct Permit<'a> {
    budget: &'a CpuBudget,
    _own: FairPermit,
    everybody: FairPermit,
    reserved: ReservedTime,
}

impl Permit<'_> {
    /// Ends it: the run took so long.
    pub(crate) fn settle(self, took: Duration) {
        let Self {
            budget,
            _own,
            everybody,
            reserved,
        } = self;
        everybody.settle(took);
        budget.settle(reserved, took);
    }
}

impl CpuBudget {
    /// How many events of one tenant may be throttled at the same time, those that run included.
    pub fn throttled_max(permits: usize) -> usize {
        own_permits(permits).saturating_add(WAITING_MAX)
    }

    /// The budget of the tenant of this name. `everybody` has the permits of all tenants whose runs
    /// are throttled, of which it gets its part by `weight`.
    #[must_use]
    pub fn new(
        tenant: &str,
        time: Arc<RunTime>,
        everybody: &Arc<FairShare>,
        weight: ShareWeight,
    ) -> Self {
        let permits = everybody.permits();
        Self {
            tenant: tenant.to_owned(),
            time,
            throttled: AtomicU64::new(0),
            behind: AtomicUsize::new(0),
            logged: Mutex::default(),
            admission_queue: AdmissionQueue::new(
                own_permits(permits),
                WAITING_MAX,
                LimitKind::RunTime,
            ),
            permits: Semaphore::new(permits),
            everybody: everybody.join(weight),
        }
    }

    /// Whether the tenant has nobody to share with.
    pub(crate) fn is_alone(&self) -> bool {
        self.time.is_alone()
    }

    /// How many runs had to wait for time so far.
    #[must_use]
    pub fn throttled(&self) -> u64 {
        self.throttled.load(Ordering::Relaxed)
    }

    /// Reserves what a run may take that begins at once; none when it is to be throttled.
    pub(crate) fn reserve(&self, now: std::time::Instant, most: Duration) -> Option<ReservedTime> {
        if self.behind.load(Ordering::Relaxed) > 0 {
            return None;
        }
        self.time.reserve(now, self.at_once(most)).ok()
    }

    /// What a run of the synchronous lane reserves that may take this long. With a deadline as long
    /// as its budget, each short run would have to wait until the one before was paid for.
    fn at_once(&self, most: Duration) -> Duration {
        most.min(self.time.per_second() / RUNS_AT_ONCE)
    }

    /// Says how much of a reservation was needed.
    pub(crate) fn settle(&self, reserved: ReservedTime, took: Duration) {
        self.time.settle(now(), reserved, took);
    }

    /// Charges what nothing was reserved for.
    pub(crate) fn charge(&self, took: Duration) {
        self.time.charge(now(), took);
    }

    /// Waits for the time that a run may take, and for a permit to run beside the workers. One that
    /// is there for its length alone was not throttled, unless it has to wait for time.
    ///
    /// # Errors
    /// [`LimitKind::RunTime`] when too many of the tenant's events wait already.
    pub(crate) async fn permit(
        &self,
        urgency: Urgency,
        most: Duration,
        is_long: bool,
    ) -> Result<Permit<'_>, LimitKind> {
        let _behind = Behind::count(&self.behind);
        let own = self.admission_queue.enter(urgency).await?;
        let most = self.at_once(most);
        let reserved = self.time.reserve(now(), most);
        let is_throttled = reserved.is_err() || !is_long;
        self.throttled
            .fetch_add(u64::from(is_throttled), Ordering::Relaxed);
        let reserved = match reserved {
            Ok(reserved) => reserved,
            Err(wait) => self.wait(wait, most).await,
        };
        let everybody = self.everybody.permit(urgency, most).await;
        Ok(Permit {
            budget: self,
            _own: own,
            everybody,
            reserved,
        })
    }

    /// Runs something of the async lane: each piece of its work, up to where it waits or lets
    /// others run, in time that was reserved.
    pub(crate) async fn pace<T>(&self, run: impl Future<Output = T>) -> T {
        self.pace_by(run, PIECE, |begun| begun.elapsed()).await
    }

    /// The same of a run in a cell that may take this long. Its runner goes on whether or not
    /// anybody polls the run, so that a piece of its work is all up to where the run waits for
    /// something else, and is reserved as a run of the synchronous lane.
    pub(crate) async fn pace_runner<T>(
        &self,
        run: impl Future<Output = T>,
        most: Duration,
        at_work: &RunnerAtWork,
    ) -> T {
        let piece = Piece {
            most: self.at_once(most),
            goes_on: || at_work.is_at_work(),
        };
        self.pace_by(run, piece, |begun| begun.elapsed()).await
    }

    /// The same where `took` says how long a piece of work that began then has taken.
    async fn pace_by<T>(
        &self,
        run: impl Future<Output = T>,
        piece: Piece<impl Fn() -> bool>,
        took: impl Fn(Instant) -> Duration,
    ) -> T {
        let Piece { most, goes_on } = piece;
        let mut run = pin!(run);
        let mut has_waited = false;
        loop {
            // In turn, also for time: whoever waits for it holds back the tenant's other runs.
            let permit = self.permits.acquire().await;
            let reserved = match self.time.reserve(now(), most) {
                Ok(reserved) => reserved,
                Err(wait) => {
                    let is_first = !std::mem::replace(&mut has_waited, true);
                    self.throttled
                        .fetch_add(u64::from(is_first), Ordering::Relaxed);
                    self.wait(wait, most).await
                }
            };
            let begun = Instant::now();
            let polled = loop {
                let poll = |context: &mut Context<'_>| Poll::Ready(run.as_mut().poll(context));
                let polled = std::future::poll_fn(poll).await;
                if polled.is_ready() || !goes_on() {
                    break polled;
                }
                until_woken().await;
            };
            self.settle(reserved, took(begun));
            drop(permit);
            match polled {
                Poll::Ready(output) => return output,
                Poll::Pending => until_woken().await,
            }
        }
    }

    /// Waits until time has paid for so much.
    #[cold]
    async fn wait(&self, mut wait: Duration, wanted: Duration) -> ReservedTime {
        self.log_throttled();
        loop {
            tokio::time::sleep(wait).await;
            match self.time.reserve(now(), wanted) {
                Ok(reserved) => return reserved,
                Err(longer) => wait = longer,
            }
        }
    }

    fn log_throttled(&self) {
        let now = Instant::now();
        let mut logged = self.logged.lock().unwrap_or_else(PoisonError::into_inner);
        if logged.is_some_and(|logged| now < logged + LOG_INTERVAL) {
            return;
        }
        *logged = Some(now);
        drop(logged);
        let (tenant, per_second) = (&self.tenant, self.time.per_second().as_millis());
        tracing::warn!(
            tenant,
            run_ms_per_second_max = per_second,
            "handlers use more than their CPU budget: their runs are throttled"
        );
    }
}

/// How many of a tenant's throttled runs are at work or next. One more than there are permits: a
/// tenant that were not in the queue again when a permit is released would lose its turn.
fn own_permits(permits: usize) -> usize {
    permits.saturating_add(1)
}

/// Of the clock that the runtime waits by.
fn now() -> std::time::Instant {
    Instant::now().into_std()
}

/// One more throttled event, until dropped.
struct Behind<'a>(&'a AtomicUsize);

impl<'a> Behind<'a> {
    fn count(events: &'a AtomicUsize) -> Self {
        events.fetch_add(1, Ordering::Relaxed);
        Self(events)
    }
}

impl Drop for Behind<'_> {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}

/// Ready when polled again. Whom it is called after has left the waker where it waits.
async fn until_woken() {
    let mut is_woken = false;
    std::future::poll_fn(|_| {
        if std::mem::replace(&mut is_woken, true) {
            Poll::Ready(())
        } else {
            Poll::Pending
        }
    })
    .await;
}

#[cfg(test)]
mod tests;
