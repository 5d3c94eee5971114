//! What of the server's time one tenant's runs may take before they give way to the others'.

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use evroute_event::Quota;
use tokio::sync::{Semaphore, SemaphorePermit};

use crate::door::Door;

/// How many of a tenant's events may wait for their turn once it is over its share.
const WAITING_MAX: usize = 256;
/// How many seconds' worth a tenant can owe at most: so long it takes it to be within its share again.
const DEBT_SECONDS_MAX: u64 = 2;
/// How often the log says that a tenant is over its share.
const TOLD_EVERY: Duration = Duration::from_secs(60);

/// One tenant's share: so much run time in every second, measured, and as much at once as one second brings.
///
/// A tenant within it runs its handlers where its events come up, at once. A tenant that is over it has its runs set
/// aside, on threads that the system schedules beside the workers: no more of all such tenants than there are turns, and
/// what finds no place to wait is refused. It is within its share again when it has paid for half of a second's worth.
///
/// What it costs an event of a tenant within its share is one addition and one look at a flag.
#[derive(Debug)]
pub struct Share {
    tenant: String,
    /// In nanoseconds.
    per_second: u64,
    /// All run time so far, in nanoseconds.
    spent: AtomicU64,
    /// What of it is paid for, as far as the account knows.
    paid: AtomicU64,
    is_over: AtomicBool,
    /// Runs that were set aside.
    aside: AtomicU64,
    account: Mutex<Account>,
    /// The tenant's own, so that its turns come one after the other's.
    door: Door,
    everybody: Arc<Semaphore>,
}

#[derive(Debug)]
struct Account {
    /// Until when time has paid.
    until: Instant,
    told: Option<Instant>,
}

/// A turn of a tenant that is over its share, until dropped.
pub(crate) struct Turn<'a> {
    _own: SemaphorePermit<'a>,
    _everybody: Option<SemaphorePermit<'a>>,
}

impl Share {
    /// How many events of one tenant may be set aside at the same time, those that run included.
    pub fn aside_max(turns: usize) -> usize {
        turns.saturating_add(WAITING_MAX)
    }

    /// A share of `per_second` for the tenant of this name. `everybody` has the turns of all tenants that are over theirs.
    #[must_use]
    pub fn new(tenant: &str, per_second: Duration, everybody: &Arc<Semaphore>) -> Self {
        Self {
            tenant: tenant.to_owned(),
            per_second: nanoseconds(per_second),
            spent: AtomicU64::new(0),
            paid: AtomicU64::new(0),
            is_over: AtomicBool::new(false),
            aside: AtomicU64::new(0),
            account: Mutex::new(Account {
                until: Instant::now(),
                told: None,
            }),
            door: Door::new(everybody.available_permits(), WAITING_MAX, Quota::RunTime),
            everybody: Arc::clone(everybody),
        }
    }

    /// How many runs were set aside so far.
    #[must_use]
    pub fn aside(&self) -> u64 {
        self.aside.load(Ordering::Relaxed)
    }

    /// Whether the tenant's next run is to be set aside.
    pub(crate) fn is_over(&self) -> bool {
        self.is_over.load(Ordering::Relaxed) && self.settle(Instant::now())
    }

    /// Counts a run that took so long and ended now.
    pub(crate) fn charge(&self, took: Duration) {
        let took = nanoseconds(took);
        let spent = self
            .spent
            .fetch_add(took, Ordering::Relaxed)
            .wrapping_add(took);
        if spent.saturating_sub(self.paid.load(Ordering::Relaxed)) > self.per_second {
            self.settle(Instant::now());
        }
    }

    /// Pays with the time that went by, and says whether the tenant is over its share.
    #[cold]
    fn settle(&self, now: Instant) -> bool {
        let mut account = self.account.lock().unwrap_or_else(PoisonError::into_inner);
        let went_by = now.saturating_duration_since(account.until);
        account.until = account.until.max(now);
        let spent = self.spent.load(Ordering::Relaxed);
        let earned = u128::from(nanoseconds(went_by)) * u128::from(self.per_second);
        let earned = u64::try_from(earned / u128::from(SECOND)).unwrap_or(u64::MAX);
        let least = spent.saturating_sub(self.per_second.saturating_mul(DEBT_SECONDS_MAX));
        let paid = self.paid.load(Ordering::Relaxed).saturating_add(earned);
        let paid = paid.max(least).min(spent);
        self.paid.store(paid, Ordering::Relaxed);
        let was_over = self.is_over.load(Ordering::Relaxed);
        let most = if was_over {
            self.per_second / 2
        } else {
            self.per_second
        };
        let is_over = spent.saturating_sub(paid) > most;
        self.is_over.store(is_over, Ordering::Relaxed);
        if is_over && !was_over && account.told.is_none_or(|told| now >= told + TOLD_EVERY) {
            account.told = Some(now);
            let (tenant, run_ms_per_second_max) = (&self.tenant, self.per_second / MILLISECOND);
            tracing::warn!(
                tenant,
                run_ms_per_second_max,
                "handlers take more than their share of time: their runs wait in turn and give way to other tenants'"
            );
        }
        is_over
    }

    /// Waits for a turn to run beside the workers.
    ///
    /// # Errors
    /// [`Quota::RunTime`] when too many of the tenant's events wait already.
    pub(crate) async fn turn(&self) -> Result<Turn<'_>, Quota> {
        let own = self.turn_among_own().await?;
        let everybody = self.everybody.acquire().await.map_err(|_| Quota::RunTime)?;
        Ok(Turn {
            _everybody: Some(everybody),
            ..own
        })
    }

    /// Waits for a turn in the async lane: runs there may wait long for a database and take no other tenant's turn meanwhile.
    ///
    /// # Errors
    /// [`Quota::RunTime`] when too many of the tenant's events wait already.
    pub(crate) async fn turn_among_own(&self) -> Result<Turn<'_>, Quota> {
        let own = self.door.enter().await?;
        self.aside.fetch_add(1, Ordering::Relaxed);
        Ok(Turn {
            _own: own,
            _everybody: None,
        })
    }
}

const SECOND: u64 = 1_000_000_000;
const MILLISECOND: u64 = 1_000_000;

fn nanoseconds(duration: Duration) -> u64 {
    u64::try_from(duration.as_nanos()).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    const MS: Duration = Duration::from_millis(1);

    fn share(turns: usize) -> Share {
        Share::new("demo", 100 * MS, &Arc::new(Semaphore::new(turns)))
    }

    /// The account as of a moment that the test chooses.
    fn at(share: &Share, since: Instant, ms: u32) -> bool {
        share.settle(since + ms * MS)
    }

    #[test]
    fn a_second_s_worth_may_be_spent_at_once_and_what_is_over_it_is_paid_by_time() {
        let share = share(1);
        let start = share.account.lock().unwrap().until;
        share.spent.store(nanoseconds(100 * MS), Ordering::Relaxed);
        assert!(!at(&share, start, 0), "as much as allowed");
        share.spent.store(nanoseconds(101 * MS), Ordering::Relaxed);
        assert!(at(&share, start, 0), "more than that");
        // 50 ms are to be left, 51 are to be paid, and a second pays 100.
        assert!(at(&share, start, 500));
        assert!(!at(&share, start, 510));
        // Time that went by unused is not saved.
        assert!(!at(&share, start, 1_000_000));
        share
            .spent
            .fetch_add(nanoseconds(101 * MS), Ordering::Relaxed);
        assert!(at(&share, start, 1_000_000));
    }

    #[test]
    fn a_debt_is_paid_in_two_seconds_however_large() {
        let share = share(1);
        let start = share.account.lock().unwrap().until;
        share
            .spent
            .store(nanoseconds(100_000 * MS), Ordering::Relaxed);
        assert!(at(&share, start, 0));
        assert!(at(&share, start, 1499));
        assert!(!at(&share, start, 1500));
    }

    #[test]
    fn many_short_runs_count_as_one_long_one() {
        let share = share(1);
        for _ in 0..100_000 {
            share.charge(Duration::from_micros(1));
        }
        assert!(!share.is_over());
        for _ in 0..1_000_000 {
            share.charge(Duration::from_micros(1));
        }
        assert!(
            share.is_over(),
            "a second of run time in much less than ten seconds"
        );
    }

    #[tokio::test]
    async fn turns_are_limited_and_so_is_waiting_for_them() {
        let everybody = Arc::new(Semaphore::new(1));
        let [one, other] = ["one", "other"].map(|name| Share::new(name, MS, &everybody));
        let held = one.turn().await.unwrap();
        let waiting = || Box::pin(tokio::time::timeout(MS, other.turn()));
        assert!(waiting().await.is_err(), "all turns are taken");
        let among_own = other.turn_among_own().await.unwrap();
        drop(among_own);
        let waiting: Vec<_> = (0..=WAITING_MAX).map(|_| one.turn()).collect();
        let refused = futures_now(waiting);
        assert_eq!(refused, [Quota::RunTime]);
        drop(held);
        assert!(other.turn().await.is_ok());
    }

    /// Polls each once, and says what was refused.
    fn futures_now<'a>(futures: Vec<impl Future<Output = Result<Turn<'a>, Quota>>>) -> Vec<Quota> {
        let mut context = std::task::Context::from_waker(std::task::Waker::noop());
        let mut futures: Vec<_> = futures.into_iter().map(Box::pin).collect();
        let polled = futures
            .iter_mut()
            .map(|future| future.as_mut().poll(&mut context));
        let refused = polled.filter_map(|polled| match polled {
            std::task::Poll::Ready(Err(quota)) => Some(quota),
            std::task::Poll::Ready(Ok(_)) | std::task::Poll::Pending => None,
        });
        refused.collect()
    }
}
