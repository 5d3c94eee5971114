//! Messages of one dialog, and registrations of one address, are worked on in the order in which
//! they came.

mod basis;

use std::collections::hash_map::Entry;
use std::collections::{HashMap, VecDeque};
use std::hash::{BuildHasher, RandomState};
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, Waker};
use std::time::Instant;

use evroute_executor::{BoxFuture, InlineExecutor, TaskPermit};
use evroute_log_throttle::LogThrottle;
use evroute_tenant::{TenantIndex, TenantSlots};
use tokio::runtime::Handle;

/// How many messages of one dialog, or registrations of one address of record, wait behind one
/// whose handler waits.
pub const DIALOG_QUEUED_MAX: usize = 256;

/// How many messages of one tenant wait behind others of their dialogs, all dialogs together.
pub const TENANT_QUEUED_MAX: usize = 4096;

/// Enough locks that workers seldom meet at one.
const SHARDS: usize = 16;

/// What has an order: a Call-ID or an address of record, of one tenant.
#[derive(Clone, Copy, Debug)]
pub(crate) struct OrderKey {
    hash: u64,
    tenant: TenantIndex,
}

/// Starts work in the order in which it came, by key. Work that does not wait costs one look at a
/// counter: only a key whose work waits is kept, and only what comes for it meanwhile is queued.
/// Nothing else is held up.
#[derive(Debug)]
pub(crate) struct Order {
    tasks: InlineExecutor,
    secret: RandomState,
    shards: [Mutex<HashMap<u64, Line>>; SHARDS],
    /// Keys whose work waits.
    waiting: AtomicUsize,
    /// Work that is queued, of each tenant that is there.
    queued: TenantSlots<AtomicUsize>,
    refused: AtomicU64,
    reported: LogThrottle,
}

/// What waits for one key.
#[derive(Default)]
struct Line {
    /// One, unless two workers began at the same moment: then neither came first.
    running: usize,
    queue: VecDeque<BoxFuture>,
}

impl std::fmt::Debug for Line {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Line({}, {})", self.running, self.queue.len())
    }
}

impl Order {
    /// An order without tenants, whose work waits as `tasks` allows.
    pub(crate) fn new(tasks: InlineExecutor) -> Arc<Self> {
        Arc::new(Self {
            tasks,
            secret: RandomState::new(),
            shards: Default::default(),
            waiting: AtomicUsize::new(0),
            queued: TenantSlots::new(),
            refused: AtomicU64::new(0),
            reported: LogThrottle::new(),
        })
    }

    /// From now on work of this tenant may be queued.
    pub(crate) fn admit(&self, tenant: TenantIndex) {
        if self.queued.get(tenant).is_none() {
            self.queued.put(tenant, Arc::default());
        }
    }

    /// From now on nothing of this tenant is queued any more. What is queued is worked off.
    pub(crate) fn remove(&self, tenant: TenantIndex) {
        self.queued.remove(tenant);
    }

    /// The key of this text. Hashed with a secret: who shares a key by chance waits for nothing,
    /// and nobody can aim at it.
    pub(crate) fn key(&self, tenant: TenantIndex, text: impl std::hash::Hash) -> OrderKey {
        let hash = self.hash((tenant.position(), text));
        OrderKey { hash, tenant }
    }

    /// The number of what messages have in common, by the same secret.
    pub(crate) fn hash(&self, text: impl std::hash::Hash) -> u64 {
        self.secret.hash_one(text)
    }

    /// Starts the work on `item`, behind all that was started for this key before. Must be called
    /// within the runtime.
    ///
    /// [`Poll::Pending`]: it waits, in the queue or for something else.
    ///
    /// # Errors
    /// The item, when too much waits for the key or the tenant already; counted and logged.
    pub(crate) fn start<T>(
        self: &Arc<Self>,
        key: OrderKey,
        item: T,
        work: impl FnOnce(T) -> BoxFuture,
    ) -> Result<Poll<()>, T> {
        // Who came before on the same connection was entered before its caller went on to us.
        if self.waiting.load(Ordering::Acquire) > 0 {
            let mut shard = self.shard(key);
            if let Some(line) = shard.get_mut(&key.hash) {
                if line.queue.len() < DIALOG_QUEUED_MAX && self.enter(key.tenant) {
                    line.queue.push_back(work(item));
                    return Ok(Poll::Pending);
                }
                drop(shard);
                self.refuse();
                return Err(item);
            }
        }
        let mut work = work(item);
        let mut context = Context::from_waker(Waker::noop());
        // Polled again as soon as it is a task, so nothing is lost with this waker.
        if work.as_mut().poll(&mut context).is_ready() {
            return Ok(Poll::Ready(()));
        }
        let Some(place) = self.tasks.place() else {
            return Ok(Poll::Ready(()));
        };
        match self.shard(key).entry(key.hash) {
            Entry::Vacant(entry) => {
                self.waiting.fetch_add(1, Ordering::Release);
                entry.insert(Line::default()).running = 1;
            }
            Entry::Occupied(mut entry) => entry.get_mut().running += 1,
        }
        self.run(key, work, place);
        Ok(Poll::Pending)
    }

    fn run(self: &Arc<Self>, key: OrderKey, work: BoxFuture, place: TaskPermit) {
        let turn = Turn {
            order: Arc::clone(self),
            key,
            is_over: false,
        };
        self.tasks.spawn(place, turn.work_off(work));
    }

    /// How many messages were dropped or refused since too many waited before them.
    pub(crate) fn refused(&self) -> u64 {
        self.refused.load(Ordering::Relaxed)
    }

    fn refuse(&self) {
        self.refused.fetch_add(1, Ordering::Relaxed);
        if let Some(times) = self.reported.happened(Instant::now()) {
            let (dialog_queued_max, tenant_queued_max) = (DIALOG_QUEUED_MAX, TENANT_QUEUED_MAX);
            tracing::warn!(
                dialog_queued_max,
                tenant_queued_max,
                times,
                "messages are refused: too many wait behind one of their dialog whose handler waits"
            );
        }
    }

    /// A place in the queues of a tenant.
    fn enter(&self, tenant: TenantIndex) -> bool {
        let more = |queued| (queued < TENANT_QUEUED_MAX).then_some(queued + 1);
        let entered = self.queued.read(tenant, |queued| {
            let entered = queued.fetch_update(Ordering::Relaxed, Ordering::Relaxed, more);
            entered.is_ok()
        });
        entered.unwrap_or(false)
    }

    fn leave(&self, tenant: TenantIndex) {
        // Of a tenant that has gone nobody counts any more.
        self.queued.read(tenant, |queued| {
            queued.fetch_sub(1, Ordering::Relaxed);
        });
    }

    fn shard(&self, key: OrderKey) -> MutexGuard<'_, HashMap<u64, Line>> {
        let [first, ..] = &self.shards;
        let place = usize::try_from(key.hash >> 32).unwrap_or(0) % SHARDS;
        let shard = self.shards.get(place).unwrap_or(first);
        // Nothing between lock and unlock panics half-way through a change.
        shard.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The work of one key that is under way. Whatever becomes of it, the next follows.
struct Turn {
    order: Arc<Order>,
    key: OrderKey,
    is_over: bool,
}

impl Turn {
    async fn work_off(mut self, first: BoxFuture) {
        let mut next = Some(first);
        while let Some(work) = next {
            work.await;
            next = self.next();
        }
    }

    /// What comes next for the key. With nothing left the key is forgotten.
    fn next(&mut self) -> Option<BoxFuture> {
        let mut shard = self.order.shard(self.key);
        let Entry::Occupied(mut entry) = shard.entry(self.key.hash) else {
            self.is_over = true;
            return None;
        };
        let line = entry.get_mut();
        line.running = line.running.saturating_sub(1);
        if line.running == 0
            && let Some(next) = line.queue.pop_front()
        {
            line.running = 1;
            self.order.leave(self.key.tenant);
            return Some(next);
        }
        self.is_over = true;
        if line.running == 0 {
            entry.remove();
            self.order.waiting.fetch_sub(1, Ordering::Release);
        }
        None
    }
}

impl Drop for Turn {
    /// After a panic, or when the runtime ends.
    fn drop(&mut self) {
        while !self.is_over {
            let Some(work) = self.next() else { return };
            let place = Handle::try_current()
                .ok()
                .and_then(|_| self.order.tasks.place());
            match place {
                Some(place) => {
                    self.is_over = true;
                    self.order.run(self.key, work, place);
                }
                // Whoever has something to say says it when dropped.
                None => drop(work),
            }
        }
    }
}

#[cfg(test)]
mod tests;
