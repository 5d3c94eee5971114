//! What a database may have on the disk, the files beside its own included.

use std::path::PathBuf;
use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};

use crate::{DatabaseConfig, DatabaseUrl};

/// The log is checkpointed when it is as long as this, unless a quarter of its room
/// is less: SQLite's own number, 1000 pages.
const LOG_BYTES: u64 = 4 << 20;
/// The cache of one connection: so much of a transaction may be written after the last look at it.
const CACHE_BYTES: u64 = 1 << 20;
/// What the cache of a small database has at least.
const CACHE_BYTES_MIN: u64 = 64 << 10;

/// The room of one database: three quarters of its `bytes_max` are for the database, the rest for
/// what is beside it: its log, and the temporary files of all its connections.
#[derive(Debug)]
pub(super) struct Disk {
    /// The write-ahead log's file; a database in memory has none.
    log: Option<PathBuf>,
    database_bytes_max: u64,
    beside_bytes_max: u64,
    cache_bytes: u64,
    /// How long the log was when it was last looked at.
    log_bytes: AtomicU64,
    /// What the statements that run have written so far.
    in_flight: AtomicU64,
    refused: AtomicU64,
    /// Held by who puts the log back: SQLite refuses a second one.
    putting_back: Mutex<()>,
}

impl Disk {
    pub(super) fn new(config: &DatabaseConfig) -> Self {
        let (log, bytes_max) = match &config.url {
            DatabaseUrl::SqliteFile(path) => {
                let mut log = path.clone().into_os_string();
                log.push("-wal");
                (Some(PathBuf::from(log)), config.bytes_max)
            }
            DatabaseUrl::SqliteMemory | DatabaseUrl::Postgres(_) => {
                let memory = config.bytes_max.min(DatabaseConfig::MEMORY_BYTES_MAX);
                (None, memory)
            }
        };
        let beside = bytes_max / 4;
        let cache_bytes = (beside / 4).clamp(CACHE_BYTES_MIN, CACHE_BYTES);
        Self {
            log,
            database_bytes_max: bytes_max - beside,
            beside_bytes_max: beside.saturating_sub(cache_bytes),
            cache_bytes,
            log_bytes: AtomicU64::new(0),
            in_flight: AtomicU64::new(0),
            refused: AtomicU64::new(0),
            putting_back: Mutex::default(),
        }
    }

    /// How large the database itself may be.
    pub(super) fn database_bytes_max(&self) -> u64 {
        self.database_bytes_max
    }

    /// How large the cache of one connection is.
    pub(super) fn cache_bytes(&self) -> u64 {
        self.cache_bytes
    }

    /// Looks how long the log is.
    pub(super) fn look(&self) -> u64 {
        let log = self.log.as_ref();
        let bytes = log.and_then(|log| std::fs::metadata(log).ok());
        let bytes = bytes.map_or(0, |log| log.len());
        self.log_bytes.store(bytes, Ordering::Relaxed);
        bytes
    }

    /// Whether the log is so long that it is to be checkpointed.
    pub(super) fn is_log_long(&self) -> bool {
        self.look() >= LOG_BYTES.min(self.beside_bytes_max / 4)
    }

    /// Whether a statement may begin to write: half of the room is free for what it will write
    /// itself.
    pub(super) fn has_room(&self) -> bool {
        let taken = self.look() + self.in_flight.load(Ordering::Relaxed);
        taken <= self.beside_bytes_max / 2
    }

    /// Whether more is taken than there is.
    pub(super) fn is_overrun(&self) -> bool {
        let log_bytes = self.log_bytes.load(Ordering::Relaxed);
        log_bytes + self.in_flight.load(Ordering::Relaxed) > self.beside_bytes_max
    }

    /// Puts the log back, one connection after the other.
    pub(super) fn put_back<T>(&self, put_back: impl FnOnce() -> T) -> T {
        let held = self.putting_back.lock();
        let done = put_back();
        drop(held);
        self.look();
        done
    }

    /// Counts what a statement that runs has written.
    pub(super) fn take(&self, bytes: u64) {
        self.in_flight.fetch_add(bytes, Ordering::Relaxed);
    }

    /// The same is over: it is in the log, or its temporary files are gone.
    pub(super) fn give_back(&self, bytes: u64) {
        self.in_flight.fetch_sub(bytes, Ordering::Relaxed);
    }

    /// Counts a statement that was refused or ended since there was no room for what it writes.
    pub(super) fn refuse(&self) {
        self.refused.fetch_add(1, Ordering::Relaxed);
    }

    /// How many statements that were.
    pub(super) fn refused(&self) -> u64 {
        self.refused.load(Ordering::Relaxed)
    }
}
