//! The pooled instances, and how many there may be.

use std::collections::VecDeque;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};

use super::PooledInstance;

/// How many instances all handlers together may have pooled. Each holds slots of Wasmtime's pool.
pub(crate) struct PoolLimit {
    max: usize,
    taken: AtomicUsize,
    /// The handlers' pools that have instances, the next one to evict in front.
    order: Mutex<VecDeque<Weak<InstancePool>>>,
}

/// A pooled instance's part of the limit.
pub(super) struct Permit(Arc<PoolLimit>);

impl Drop for Permit {
    fn drop(&mut self) {
        self.0.taken.fetch_sub(1, Ordering::AcqRel);
    }
}

impl PoolLimit {
    pub(crate) fn new(max: u32) -> Self {
        Self {
            max: usize::try_from(max).unwrap_or(usize::MAX),
            taken: AtomicUsize::new(0),
            order: Mutex::new(VecDeque::new()),
        }
    }

    /// Nothing is to be pooled at all.
    pub(crate) fn is_none(&self) -> bool {
        self.max == 0
    }

    /// How many are pooled, those that run at the moment counted in.
    pub(crate) fn taken(&self) -> usize {
        self.taken.load(Ordering::Acquire)
    }

    fn permit(self: &Arc<Self>) -> Option<Permit> {
        let free = |taken: usize| (taken < self.max).then_some(taken + 1);
        let taken = self
            .taken
            .fetch_update(Ordering::AcqRel, Ordering::Acquire, free);
        taken.ok().map(|_| Permit(Arc::clone(self)))
    }

    /// Empties a pool that was not used since this looked at it last. A second look at most at each
    /// pool.
    fn evict(&self) {
        let mut looks = 2 * lock(&self.order).len();
        while looks > 0 {
            looks -= 1;
            let Some(next) = lock(&self.order).pop_front() else {
                return;
            };
            let Some(pool) = next.upgrade() else {
                continue;
            };
            if pool.is_used.swap(false, Ordering::AcqRel) {
                lock(&self.order).push_back(next);
                continue;
            }
            pool.is_queued.store(false, Ordering::Release);
            // Dropped outside the lock: giving an instance's places back takes a while.
            let emptied = std::mem::take(&mut *lock(&pool.pooled));
            if !emptied.is_empty() {
                return;
            }
        }
    }

    fn queue(&self, pool: &Arc<InstancePool>) {
        let mut order = lock(&self.order);
        // Those of handlers that are gone.
        if order.len() > 2 * self.max {
            order.retain(|pool| pool.strong_count() > 0);
        }
        order.push_back(Arc::downgrade(pool));
    }
}

/// The pooled instances of one handler.
pub(super) struct InstancePool {
    pool_limit: Arc<PoolLimit>,
    #[allow(
        clippy::vec_box,
        reason = "one is taken out and returned in every run, and it is large"
    )]
    pooled: Mutex<Vec<Box<PooledInstance>>>,
    is_used: AtomicBool,
    is_queued: AtomicBool,
}

impl InstancePool {
    pub(super) fn new(pool_limit: Arc<PoolLimit>) -> Self {
        Self {
            pool_limit,
            pooled: Mutex::default(),
            is_used: AtomicBool::new(false),
            is_queued: AtomicBool::new(false),
        }
    }

    /// The instance that was used last: its memory is the most likely to be in a cache.
    pub(super) fn take(&self) -> Option<Box<PooledInstance>> {
        let pooled = lock(&self.pooled).pop()?;
        if !self.is_used.load(Ordering::Relaxed) {
            self.is_used.store(true, Ordering::Release);
        }
        Some(pooled)
    }

    /// Pools an instance, if there is room.
    pub(super) fn keep(self: &Arc<Self>, mut pooled: Box<PooledInstance>) {
        if pooled.permit.is_none() {
            pooled.permit = self.pool_limit.permit().or_else(|| {
                self.pool_limit.evict();
                self.pool_limit.permit()
            });
            if pooled.permit.is_none() {
                return;
            }
        }
        lock(&self.pooled).push(pooled);
        if !self.is_queued.load(Ordering::Acquire) && !self.is_queued.swap(true, Ordering::AcqRel) {
            self.pool_limit.queue(self);
        }
    }
}

/// What is in there is whole even if somebody panicked while holding it: it is only pushed to and
/// popped from.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
