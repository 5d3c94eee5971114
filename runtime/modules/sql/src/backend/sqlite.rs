//! SQLite, embedded.
//!
//! Each connection has a thread of its own. What a statement may do is decided there by SQLite's
//! authorizer, on what SQLite has parsed; how much it may take, by SQLite's limits and by
//! [`watch`]. See docs/adr/0023-embedded-databases-decide-on-what-is-parsed.md.

mod allowed;
mod authorizer;
mod disk;
mod functions;
mod limits;
mod pool;
mod session;
mod thread_use;
mod watch;

#[cfg(test)]
mod tests;

use std::path::Path;
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use tokio::sync::oneshot;
use tokio::time::{Instant, timeout_at};

use self::disk::Disk;
use self::limits::Place;
use self::pool::{OnReplaced, Pool, PoolLimits, Task};
use self::session::Session;
use self::watch::UnderWay;
use crate::database::{Call, Charge};
use crate::rows::ResultLimits;
use crate::{DatabaseConfig, Error, QueryAnswer, Rows};

/// How much longer than the statement's deadline its answer is waited for: it says how it ended,
/// and its connection is free again.
const GRACE: Duration = Duration::from_millis(100);
/// How long after that a connection is replaced: many times what SQLite does between two looks at
/// the clock.
const REPLACED_AFTER: Duration = Duration::from_secs(2);
/// How long the first connection may take: the file may lie on a slow disk, which is no reason not
/// to start.
const OPEN_DEADLINE: Duration = Duration::from_secs(30);

/// An embedded database.
pub(crate) struct Sqlite {
    pool: Pool,
    shared: Arc<Shared>,
}

/// What all connections of one database share.
struct Shared {
    limits: ResultLimits,
    deadline: Duration,
    disk: Disk,
    charge: OnceLock<Charge>,
}

impl Shared {
    /// Charges the tenant with a processor's time.
    fn charge(&self, took: Duration) {
        if let Some(charge) = self.charge.get() {
            charge(took);
        }
    }
}

/// Ends a statement when nobody waits for its answer any more.
struct Waiting(Arc<UnderWay>);

impl Drop for Waiting {
    fn drop(&mut self) {
        self.0.give_up();
    }
}

impl Sqlite {
    pub(crate) async fn open_file(path: &Path, config: &DatabaseConfig) -> Result<Self, String> {
        let fix = "its folder must exist and be writable";
        Self::open(Place::File(path.to_owned()), config)
            .await
            .map_err(|why| format!("{} cannot be opened: {why}; {fix}", path.display()))
    }

    pub(crate) async fn open_memory(config: &DatabaseConfig) -> Result<Self, String> {
        Self::open(Place::Memory, config)
            .await
            .map_err(|why| format!("cannot be made in memory: {why}"))
    }

    async fn open(place: Place, config: &DatabaseConfig) -> Result<Self, String> {
        let limits = match place {
            Place::File(_) => PoolLimits {
                connections_max: config.connections_max,
                replaced_after: Some(REPLACED_AFTER),
            },
            // The database lives as long as its only connection.
            Place::Memory => PoolLimits {
                connections_max: 1,
                replaced_after: None,
            },
        };
        Self::open_within(place, config, limits).await
    }

    async fn open_within(
        place: Place,
        config: &DatabaseConfig,
        limits: PoolLimits,
    ) -> Result<Self, String> {
        let shared = Arc::new(Shared {
            limits: ResultLimits::new(config),
            deadline: config.deadline,
            disk: Disk::new(config),
            charge: OnceLock::new(),
        });
        let of_pool = Arc::clone(&shared);
        let open = Box::new(move || Session::open(&place, &of_pool));
        let sqlite = Self {
            pool: Pool::new(limits, open),
            shared,
        };
        let until = Instant::now() + config.deadline.max(OPEN_DEADLINE);
        let opened = sqlite.ask(until, |session| session.map(|_| Ok(()))).await;
        match opened {
            Ok(()) => Ok(sqlite),
            Err(Error::Unavailable(why)) => Err(why),
            Err(error) => Err(error.to_string()),
        }
    }

    pub(crate) async fn execute(&self, call: Call) -> Result<u64, Error> {
        Ok(self.run(call, false).await?.changed())
    }

    pub(crate) async fn query(&self, call: Call) -> Result<Rows, Error> {
        Ok(self.run(call, true).await?.rows())
    }

    /// Charges what statements take from now on. Once for each database.
    pub(crate) fn charge_to(&self, charge: Charge) {
        // The first one stays.
        let _ = self.shared.charge.set(charge);
    }

    /// Called when a connection did not come back and is replaced. Once for each database.
    pub(crate) fn on_replaced(&self, tell: OnReplaced) {
        self.pool.on_replaced(tell);
    }

    pub(crate) async fn close(&self) {
        self.pool.close().await;
    }

    /// Open, and idle.
    pub(crate) fn connections(&self) -> (usize, usize) {
        self.pool.connections()
    }

    /// How many connections did not come back and were replaced.
    pub(crate) fn replaced(&self) -> u64 {
        self.pool.replaced()
    }

    /// How many statements were refused, or ended, since there was no room for what they write.
    pub(crate) fn refused(&self) -> u64 {
        self.shared.disk.refused()
    }

    async fn run(&self, call: Call, for_rows: bool) -> Result<QueryAnswer, Error> {
        let under_way = Arc::new(UnderWay::default());
        let waiting = Waiting(Arc::clone(&under_way));
        let until = call.until;
        let asked = self.ask(until, move |session| {
            session.map(|session| session.run(call, for_rows, &under_way))
        });
        let answer = asked.await;
        drop(waiting);
        answer
    }

    /// Asks something of a connection, when one is free before `until`.
    async fn ask<T: Send + 'static>(
        &self,
        until: Instant,
        ask: impl FnOnce(Result<&mut Session, String>) -> Result<Result<T, Error>, String>
        + Send
        + 'static,
    ) -> Result<T, Error> {
        let (answered, answer) = oneshot::channel();
        let task: Task = Box::new(move |session| {
            let found = ask(session).unwrap_or_else(|why| Err(Error::Unavailable(why)));
            Box::new(move || {
                // Whoever asked may be gone.
                let _ = answered.send(found);
            })
        });
        self.pool.hand(until, until, task).await?;
        match timeout_at(until + GRACE, answer).await {
            Ok(Ok(answer)) => answer,
            Ok(Err(_)) => Err(Error::Unavailable(
                "the connection's thread has ended".to_owned(),
            )),
            Err(_) => Err(Error::Deadline),
        }
    }
}
