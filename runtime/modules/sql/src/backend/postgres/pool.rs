//! The connections to one server, no more of them at the same time than the operator allows.

use std::mem;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::task::JoinSet;
use tokio::time::{Instant, timeout_at};

use super::connector::Connector;
use super::session::{Counted, Session};
use crate::Error;
use crate::error::is_of_the_connection;

/// How long a connection is kept that nobody uses, and any: a server's session grows with what it
/// has seen.
const IDLE_MAX: Duration = Duration::from_secs(600);
const AGE_MAX: Duration = Duration::from_secs(1800);

#[derive(Debug)]
pub(super) struct Pool {
    connector: Connector,
    /// How long a session may take to be reset.
    deadline: Duration,
    connections_max: u32,
    /// One for each connection that may be.
    permits: Arc<Semaphore>,
    is_closing: AtomicBool,
    open: Arc<AtomicUsize>,
    /// The one that was used last at the end.
    idle: Mutex<Vec<Session>>,
    /// Sessions that are reset before they are idle, with their permits.
    resets: Mutex<JoinSet<()>>,
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Pool {
    pub(super) fn new(connector: Connector, connections_max: u32, deadline: Duration) -> Self {
        let permits = usize::try_from(connections_max).unwrap_or(usize::MAX);
        Self {
            connector,
            deadline,
            connections_max,
            permits: Arc::new(Semaphore::new(permits.min(Semaphore::MAX_PERMITS))),
            is_closing: AtomicBool::new(false),
            open: Arc::default(),
            idle: Mutex::default(),
            resets: Mutex::default(),
        }
    }

    /// A connection: one that is idle, or a new one.
    pub(super) async fn acquire(self: &Arc<Self>, until: Instant) -> Result<Lease, Error> {
        let late = || Error::Unavailable("no connection within the deadline".to_owned());
        let acquired = timeout_at(until, self.wait()).await.map_err(|_| late())??;
        // One that was free for an instant at the deadline leaves no time for a statement.
        if Instant::now() >= until {
            return Err(late());
        }
        Ok(acquired)
    }

    async fn wait(self: &Arc<Self>) -> Result<Lease, Error> {
        let stopping = || Error::Unavailable("the server is stopping".to_owned());
        let permit = Arc::clone(&self.permits).acquire_owned().await;
        let permit = permit.map_err(|_| stopping())?;
        if self.is_closing.load(Ordering::Acquire) {
            return Err(stopping());
        }
        let session = match self.take_idle() {
            Some(session) => session,
            None => self.connector.connect(Counted::new(&self.open)).await?,
        };
        Ok(Lease {
            pool: Arc::clone(self),
            session: Some(session),
            permit: Some(permit),
        })
    }

    fn take_idle(&self) -> Option<Session> {
        let mut idle = lock(&self.idle);
        idle.retain(|session| session.is_usable(IDLE_MAX, AGE_MAX));
        idle.pop()
    }

    /// Resets the session, and then lets the next have it: nobody waits for that who does not need
    /// it.
    fn give_back(self: Arc<Self>, mut session: Session, permit: OwnedSemaphorePermit) {
        let pool = Arc::clone(&self);
        let mut resets = lock(&self.resets);
        while resets.try_join_next().is_some() {}
        resets.spawn(async move {
            if session.reset(pool.deadline).await {
                session.rest();
                lock(&pool.idle).push(session);
            }
            drop(permit);
        });
    }

    /// Open, and idle.
    pub(super) fn connections(&self) -> (usize, usize) {
        (self.open.load(Ordering::Relaxed), lock(&self.idle).len())
    }

    /// Waits for the statements that run, and closes all connections.
    pub(super) async fn close(&self) {
        self.is_closing.store(true, Ordering::Release);
        let all = self.permits.acquire_many(self.connections_max).await;
        self.permits.close();
        drop(all);
        let idle = mem::take(&mut *lock(&self.idle));
        for session in idle {
            session.close().await;
        }
    }
}

/// A connection with a statement under way. Dropped before [`Lease::end`], whatever for, it is
/// closed hard: an answer that nobody reads to its end may be endless, and reading it would keep
/// the connection's permit.
#[derive(Debug)]
pub(super) struct Lease {
    pool: Arc<Pool>,
    session: Option<Session>,
    permit: Option<OwnedSemaphorePermit>,
}

impl Lease {
    pub(super) fn session(&mut self) -> Result<&mut Session, Error> {
        let none = || Error::Other("no connection".to_owned());
        self.session.as_mut().ok_or_else(none)
    }

    /// Gives the connection back after an answer that was read to its end.
    pub(super) fn end<T>(mut self, answer: Result<T, tokio_postgres::Error>) -> Result<T, Error> {
        let is_usable = answer
            .as_ref()
            .err()
            .is_none_or(|error| !is_of_the_connection(error));
        let (session, permit) = (self.session.take(), self.permit.take());
        let has_exceeded = session.as_ref().is_some_and(Session::has_exceeded);
        if let (Some(session), Some(permit), true) = (session, permit, is_usable) {
            Arc::clone(&self.pool).give_back(session, permit);
        }
        answer.map_err(|error| match has_exceeded {
            true => Error::TooLarge,
            false => error.into(),
        })
    }
}
