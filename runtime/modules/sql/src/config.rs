//! What the operator says about a database, and what of it cannot be.

mod sections;

use std::fmt;
use std::path::PathBuf;
use std::time::Duration;

pub use sections::Config;

use crate::OpenError;

/// The size of a page of SQLite, unless a file was made with another one.
pub(crate) const PAGE_BYTES: u64 = 4096;

/// One database of a tenant. Kamailio's `sqlcon` modparam.
#[derive(Clone, PartialEq, Debug)]
pub struct DatabaseConfig {
    /// The label by which handlers open it.
    pub label: String,
    /// Where it is.
    pub url: DatabaseUrl,
    /// Connections at the same time, at least 1; default 4. An embedded database that is only in
    /// memory has always one.
    pub connections_max: u32,
    /// How long one call may take, waiting for a free connection included. Default 2 s.
    pub deadline: Duration,
    /// How many rows one result may have. Default 1,000.
    pub rows_max: u64,
    /// How many bytes one result may have. Each value counts its own and 16 more, and so does each
    /// column's name.
    pub result_bytes_max: u64,
    /// How many bytes an embedded database may have on disk, its log and temporary files included;
    /// one in memory has [`DatabaseConfig::MEMORY_BYTES_MAX`] at most. A server of its own looks
    /// after its disk itself.
    pub bytes_max: u64,
}

/// Where a database is.
#[derive(Clone, PartialEq, Eq)]
pub enum DatabaseUrl {
    /// An embedded one: this file, which is made when missing. Its folder exists.
    SqliteFile(PathBuf),
    /// An embedded one that is gone when the server stops.
    SqliteMemory,
    /// A PostgreSQL server: `postgres://user:password@host:port/database`.
    Postgres(String),
}

/// Without the URL, which may hold a password.
impl fmt::Debug for DatabaseUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::SqliteFile(path) => write!(f, "SqliteFile({})", path.display()),
            Self::SqliteMemory => f.write_str("SqliteMemory"),
            Self::Postgres(_) => f.write_str("Postgres(...)"),
        }
    }
}

impl DatabaseConfig {
    /// The limit of bytes for who has no better number: what a run may move by default.
    pub const RESULT_BYTES_MAX_DEFAULT: u64 = 256 << 10;
    /// The size of an embedded database on disk for who has no better number: a tenant must not
    /// fill the disk that others write to.
    pub const BYTES_MAX_DEFAULT: u64 = 1 << 30;
    /// What an embedded database in memory may take: those of all tenants share what SQLite may use
    /// in this process.
    pub const MEMORY_BYTES_MAX: u64 = 16 << 20;

    /// Whether these numbers make a database.
    ///
    /// # Errors
    /// [`OpenError`] naming the first that does not.
    pub fn check(&self) -> Result<(), OpenError> {
        let wrong = [
            (self.label.is_empty(), "it has no label"),
            (
                self.connections_max == 0,
                "connections_max is 0; write at least 1",
            ),
            (
                self.deadline.is_zero(),
                "its deadline is 0; write at least 1 ms",
            ),
            (
                self.rows_max == 0,
                "its largest result has 0 rows; write at least 1",
            ),
            (
                self.result_bytes_max == 0,
                "its largest result has 0 bytes; write at least 1",
            ),
            (
                self.bytes_max < PAGE_BYTES,
                "its bytes_max is less than one page; write at least 4096",
            ),
        ];
        match wrong.into_iter().find(|(is_wrong, _)| *is_wrong) {
            None => Ok(()),
            Some((_, why)) => Err(OpenError {
                label: self.label.clone(),
                why: why.to_owned(),
            }),
        }
    }
}
