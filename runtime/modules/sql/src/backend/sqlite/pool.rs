//! Connections, each on a thread of its own, and who has one.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::pin;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError, Weak};
use std::time::Duration;

use tokio::sync::{Notify, OwnedSemaphorePermit, Semaphore, oneshot};
use tokio::time::{Instant, timeout_at};

use super::session::Session;
use crate::Error;

/// Makes a connection, on the thread that it will belong to.
type Open = Box<dyn Fn() -> Result<Session, String> + Send + Sync>;
/// What is done with a connection, or with why there is none; and then the telling of what came of
/// it.
pub(super) type Task = Box<dyn FnOnce(Result<&mut Session, String>) -> Tell + Send>;
pub(super) type Tell = Box<dyn FnOnce() + Send>;

/// Called at once for a connection that did not come back and is replaced.
pub(crate) type OnReplaced = Box<dyn Fn() + Send + Sync>;

/// How many connections a database may have, and how long they are waited for.
pub(super) struct PoolLimits {
    pub(super) connections_max: u32,
    /// How long after its deadline a statement may still be at work before its connection is
    /// replaced; none when it cannot be, since the database is in it.
    pub(super) replaced_after: Option<Duration>,
}

/// The connections of one database.
pub(super) struct Pool {
    ground: Arc<Ground>,
}

struct Ground {
    open: Open,
    limits: PoolLimits,
    places: Arc<Semaphore>,
    idle: Mutex<Vec<Worker>>,
    busy: Mutex<Vec<Busy>>,
    next_number: AtomicU64,
    /// Connections that are open, or being opened, and have a place.
    open_now: AtomicUsize,
    /// Those that were replaced and are still at work.
    lost: AtomicUsize,
    replaced: AtomicU64,
    /// Calls this for each that is replaced.
    on_replaced: OnceLock<OnReplaced>,
    /// One that was replaced has ended.
    found_again: Notify,
}

/// A connection's thread.
struct Worker {
    number: u64,
    jobs: SyncSender<Job>,
    /// Ends with the thread, after the connection is closed.
    ended: oneshot::Receiver<()>,
}

/// A task on its way to a thread, with the thread's own place in the pool.
struct Job {
    task: Task,
    worker: Worker,
}

/// A connection that is at work.
struct Busy {
    number: u64,
    due: Instant,
    _place: OwnedSemaphorePermit,
}

impl Pool {
    pub(super) fn new(limits: PoolLimits, open: Open) -> Self {
        let places = usize::try_from(limits.connections_max).unwrap_or(1).max(1);
        let ground = Ground {
            open,
            places: Arc::new(Semaphore::new(places.min(Semaphore::MAX_PERMITS))),
            limits,
            idle: Mutex::default(),
            busy: Mutex::default(),
            next_number: AtomicU64::new(0),
            open_now: AtomicUsize::new(0),
            lost: AtomicUsize::new(0),
            replaced: AtomicU64::new(0),
            on_replaced: OnceLock::new(),
            found_again: Notify::new(),
        };
        Self {
            ground: Arc::new(ground),
        }
    }

    /// Hands a task to a connection's thread, when one is free before `until`. By `due` it is to
    /// be done.
    pub(super) async fn hand(&self, until: Instant, due: Instant, task: Task) -> Result<(), Error> {
        let place = self.ground.place(until).await?;
        let worker = lock(&self.ground.idle).pop();
        let worker = match worker {
            Some(worker) => worker,
            None => self.ground.start()?,
        };
        lock(&self.ground.busy).push(Busy {
            number: worker.number,
            due,
            _place: place,
        });
        let (number, jobs) = (worker.number, worker.jobs.clone());
        // It waits for a job and has none.
        if jobs.try_send(Job { task, worker }).is_err() {
            self.ground.ended(number);
            return Err(Error::Unavailable(
                "the connection's thread has ended".to_owned(),
            ));
        }
        Ok(())
    }

    /// Open, and idle.
    pub(super) fn connections(&self) -> (usize, usize) {
        let open = self.ground.open_now.load(Ordering::Relaxed);
        (open, lock(&self.ground.idle).len())
    }

    /// How many connections did not come back and were replaced.
    pub(super) fn replaced(&self) -> u64 {
        self.ground.replaced.load(Ordering::Relaxed)
    }

    /// Called when one is replaced. Once for each pool.
    pub(super) fn on_replaced(&self, tell: OnReplaced) {
        // The first one stays.
        let _ = self.ground.on_replaced.set(tell);
    }

    /// Waits for the tasks that run, and closes all connections.
    pub(super) async fn close(&self) {
        let places = &self.ground.places;
        // Fails when it is closed already.
        let all = places.acquire_many(self.ground.limits.connections_max.max(1));
        let all = all.await;
        places.close();
        drop(all);
        let idle = std::mem::take(&mut *lock(&self.ground.idle));
        for worker in idle {
            let Worker { jobs, ended, .. } = worker;
            drop(jobs);
            // It says nothing, it ends.
            let _ = ended.await;
        }
    }
}

impl Ground {
    async fn place(&self, until: Instant) -> Result<OwnedSemaphorePermit, Error> {
        loop {
            let mut found_again = pin!(self.found_again.notified());
            found_again.as_mut().enable();
            let overdue = self.first_overdue();
            let wait = overdue.map_or(until, |overdue| overdue.min(until));
            let free = timeout_at(wait, Arc::clone(&self.places).acquire_owned());
            let place = tokio::select! {
                biased;
                place = free => place,
                () = found_again => continue,
            };
            match place {
                Ok(Err(_)) => return Err(Error::Unavailable("the server is stopping".to_owned())),
                Ok(Ok(place)) if Instant::now() < until => return Ok(place),
                // Nobody, or one that was free for an instant at the deadline and leaves no time
                // for a statement.
                Ok(Ok(_)) => break,
                Err(_) if overdue.is_some() && wait < until => self.replace_overdue(),
                Err(_) => break,
            }
        }
        Err(Error::Unavailable("no connection was free".to_owned()))
    }

    /// When the first connection that is at work is overdue.
    fn first_overdue(&self) -> Option<Instant> {
        let after = self.limits.replaced_after?;
        // Threads that were left behind are bounded, too.
        let most = usize::try_from(self.limits.connections_max).unwrap_or(1);
        if self.lost.load(Ordering::Relaxed) >= most {
            return None;
        }
        let busy = lock(&self.busy);
        busy.iter().map(|busy| busy.due + after).min()
    }

    /// Gives the place of a connection that does not come back to another.
    fn replace_overdue(&self) {
        let Some(after) = self.limits.replaced_after else {
            return;
        };
        let now = Instant::now();
        let mut busy = lock(&self.busy);
        let Some(at) = busy.iter().position(|busy| busy.due + after <= now) else {
            return;
        };
        self.lost.fetch_add(1, Ordering::Relaxed);
        self.open_now.fetch_sub(1, Ordering::Relaxed);
        self.replaced.fetch_add(1, Ordering::Relaxed);
        let replaced = busy.swap_remove(at);
        drop(busy);
        // Before somebody gets its place, and with nothing held.
        if let Some(tell) = self.on_replaced.get() {
            tell();
        }
        drop(replaced);
    }

    fn start(self: &Arc<Self>) -> Result<Worker, Error> {
        let number = self.next_number.fetch_add(1, Ordering::Relaxed);
        let (jobs, waiting) = sync_channel(1);
        let (alive, ended) = oneshot::channel();
        let ground = Arc::downgrade(self);
        let thread = std::thread::Builder::new().name("sqlite".to_owned());
        thread
            .spawn(move || {
                serve(&ground, &waiting);
                drop(alive);
            })
            .map_err(|error| Error::Unavailable(error.to_string()))?;
        self.open_now.fetch_add(1, Ordering::Relaxed);
        Ok(Worker {
            number,
            jobs,
            ended,
        })
    }

    /// Takes a connection back after its task. `false`: it was replaced meanwhile.
    fn take_back(&self, worker: Worker) -> bool {
        let Some(busy) = self.no_longer_busy(worker.number) else {
            self.came_back();
            return false;
        };
        lock(&self.idle).push(worker);
        drop(busy);
        true
    }

    /// A connection is gone.
    fn ended(&self, number: u64) {
        match self.no_longer_busy(number) {
            Some(busy) => {
                self.open_now.fetch_sub(1, Ordering::Relaxed);
                drop(busy);
            }
            None => self.came_back(),
        }
    }

    /// One that was replaced ends.
    fn came_back(&self) {
        self.lost.fetch_sub(1, Ordering::Relaxed);
        self.found_again.notify_waiters();
    }

    fn no_longer_busy(&self, number: u64) -> Option<Busy> {
        let mut busy = lock(&self.busy);
        let at = busy.iter().position(|busy| busy.number == number)?;
        Some(busy.swap_remove(at))
    }
}

/// A thread's life: its connection is opened for the first job, and closed when no other can come.
fn serve(ground: &Weak<Ground>, jobs: &Receiver<Job>) {
    let mut session = None;
    while let Ok(Job { task, worker }) = jobs.recv() {
        let Some(ground) = ground.upgrade() else {
            return;
        };
        let number = worker.number;
        let done = catch_unwind(AssertUnwindSafe(|| {
            let mut opened = match session.take() {
                Some(session) => session,
                None => match (ground.open)() {
                    Ok(session) => session,
                    Err(why) => return (task(Err(why)), None),
                },
            };
            let tell = task(Ok(&mut opened));
            (tell, Some(opened))
        }));
        let Ok((tell, left)) = done else {
            tracing::error!("a statement made the thread of an embedded database panic");
            return ground.ended(number);
        };
        let Some(mut opened) = left.filter(Session::is_usable) else {
            ground.ended(number);
            return tell();
        };
        if opened.needs_care() {
            tell();
            opened.care();
            session = Some(opened);
            if !ground.take_back(worker) {
                return;
            }
        } else {
            session = Some(opened);
            let stays = ground.take_back(worker);
            tell();
            if !stays {
                return;
            }
        }
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
