//! How a connection is opened, and what bounds it from then on.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use rusqlite::config::DbConfig;
use rusqlite::limits::Limit;
use rusqlite::{Connection, OpenFlags};

use super::allowed;
use super::authorizer::Authorizer;
use super::disk::Disk;
use super::functions;
use crate::config::PAGE_BYTES;
use crate::statement::{PARAMETERS_MAX, STATEMENT_BYTES_MAX};

/// How long one value may be, and one row: the largest message of SIP, and 4 KiB for what stands
/// beside it. What SQLite does to one value it does in one step, during which nothing looks after
/// it.
pub(super) const VALUE_BYTES_MAX: i32 = 68 << 10;
/// How long a lock is waited for at most, whatever the deadline.
pub(super) const LOCK_PATIENCE_MAX: Duration = Duration::from_secs(3600);
/// What all embedded databases of this process may use together. Each connection is bounded by what
/// is below; this is for what all of them need at once.
const HEAP_BYTES_MAX: i64 = 512 << 20;

/// "Limits In SQLite"; near what SQLite's "Defense Against The Dark Arts" advises for statements of
/// strangers. `VDBE_OP` bounds how many steps can follow each other without a jump, at which alone
/// SQLite lets somebody look: less than it advises, and enough for a thousand parameters.
const LIMITS: [(Limit, i32); 11] = [
    (Limit::SQLITE_LIMIT_LENGTH, VALUE_BYTES_MAX),
    (Limit::SQLITE_LIMIT_COLUMN, 200),
    (Limit::SQLITE_LIMIT_EXPR_DEPTH, 200),
    (Limit::SQLITE_LIMIT_COMPOUND_SELECT, 50),
    (Limit::SQLITE_LIMIT_VDBE_OP, 6000),
    (Limit::SQLITE_LIMIT_FUNCTION_ARG, 20),
    (Limit::SQLITE_LIMIT_ATTACHED, 0),
    (Limit::SQLITE_LIMIT_LIKE_PATTERN_LENGTH, 50),
    (Limit::SQLITE_LIMIT_TRIGGER_DEPTH, 10),
    (Limit::SQLITE_LIMIT_TRIGGER_STEPS, 100),
    (Limit::SQLITE_LIMIT_WORKER_THREADS, 0),
];

/// Where a database is.
#[derive(Clone, Debug)]
pub(super) enum Place {
    File(PathBuf),
    Memory,
}

impl Place {
    fn connect(&self) -> rusqlite::Result<Connection> {
        let flags = OpenFlags::SQLITE_OPEN_READ_WRITE
            | OpenFlags::SQLITE_OPEN_CREATE
            | OpenFlags::SQLITE_OPEN_NO_MUTEX;
        match self {
            // SQLite reads a name that begins so as a URI.
            Self::File(path) if is_uri(path) => {
                Connection::open_with_flags(Path::new(".").join(path), flags)
            }
            Self::File(path) => Connection::open_with_flags(path, flags),
            Self::Memory => Connection::open_in_memory_with_flags(flags),
        }
    }

    fn is_file(&self) -> bool {
        match self {
            Self::File(_) => true,
            Self::Memory => false,
        }
    }
}

fn is_uri(path: &Path) -> bool {
    path.as_os_str().as_encoded_bytes().starts_with(b"file:")
}

/// Opens a connection for handlers' statements. With `counts_writes` temporary files are, where
/// that is counted: what is sorted in files is sorted in pieces, with a look between them.
pub(super) fn open(
    place: &Place,
    disk: &Disk,
    authorizer: &Arc<Authorizer>,
    (counts_writes, patience): (bool, Duration),
) -> Result<Connection, String> {
    let mut connection = place.connect().map_err(|error| error.to_string())?;
    let set = || -> rusqlite::Result<()> {
        connection.busy_timeout(patience.min(LOCK_PATIENCE_MAX))?;
        set_pragmas(&connection, place, disk, counts_writes)?;
        bound(&connection)?;
        functions::replace(&connection)
    };
    set().map_err(|error| error.to_string())?;
    let is_file = place.is_file();
    if is_file && pragma::<String>(&connection, "journal_mode").is_ok_and(|mode| mode != "wal") {
        return Err("its file system has no shared memory, which SQLite's log needs".to_owned());
    }
    let hidden = hidden_tables(&connection).map_err(|error| error.to_string())?;
    authorizer.hide(hidden);
    let deciding = Arc::clone(authorizer);
    connection
        .authorizer(Some(move |asked: rusqlite::hooks::AuthContext<'_>| {
            deciding.decide(asked)
        }))
        .map_err(|error| error.to_string())?;
    Ok(connection)
}

fn set_pragmas(
    connection: &Connection,
    place: &Place,
    disk: &Disk,
    counts_writes: bool,
) -> rusqlite::Result<()> {
    let set = |name: &str, value: &str| set_pragma(connection, name, value);
    set("hard_heap_limit", &HEAP_BYTES_MAX.to_string())?;
    // Before anything is in the file, and before a handler may speak.
    set("page_size", &PAGE_BYTES.to_string())?;
    if place.is_file() {
        // Readers do not wait for the writer. NORMAL: a power cut may take back the last writes,
        // whole ones, and a write does not wait for the disk.
        set("journal_mode", "wal")?;
        set("synchronous", "normal")?;
    }
    // The log is checkpointed between two statements, where nobody waits for it.
    set("wal_autocheckpoint", "0")?;
    set("foreign_keys", "on")?;
    set("mmap_size", "0")?;
    set("cell_size_check", "on")?;
    set("temp_store", if counts_writes { "file" } else { "memory" })?;
    set(
        "cache_size",
        &format!("-{}", (disk.cache_bytes() >> 10).max(1)),
    )?;
    // A file may have been made with pages of another size.
    let page_bytes: u32 = pragma(connection, "page_size")?;
    let pages_max = disk.database_bytes_max() / u64::from(page_bytes.max(512));
    set("max_page_count", &pages_max.max(1).to_string())
}

fn bound(connection: &Connection) -> rusqlite::Result<()> {
    let number = |number: usize| i32::try_from(number).unwrap_or(i32::MAX);
    let of_statements = [
        (Limit::SQLITE_LIMIT_SQL_LENGTH, number(STATEMENT_BYTES_MAX)),
        (Limit::SQLITE_LIMIT_VARIABLE_NUMBER, number(PARAMETERS_MAX)),
    ];
    for (limit, most) in LIMITS.into_iter().chain(of_statements) {
        connection.set_limit(limit, most)?;
    }
    for (setting, is_on) in [
        (DbConfig::SQLITE_DBCONFIG_DEFENSIVE, true),
        (DbConfig::SQLITE_DBCONFIG_TRUSTED_SCHEMA, false),
        (DbConfig::SQLITE_DBCONFIG_ENABLE_FTS3_TOKENIZER, false),
        (DbConfig::SQLITE_DBCONFIG_WRITABLE_SCHEMA, false),
        (DbConfig::SQLITE_DBCONFIG_ENABLE_ATTACH_CREATE, false),
        (DbConfig::SQLITE_DBCONFIG_ENABLE_ATTACH_WRITE, false),
    ] {
        connection.set_db_config(setting, is_on)?;
    }
    Ok(())
}

/// The tables that are there without having been created, but for those that are allowed.
fn hidden_tables(connection: &Connection) -> rusqlite::Result<Vec<String>> {
    let mut listing = connection.prepare("select name from pragma_module_list")?;
    let names = listing.query_map([], |row| row.get::<_, String>(0))?;
    let names: rusqlite::Result<Vec<_>> = names.collect();
    let is_hidden = |name: &String| !allowed::TABLES.contains(&name.as_str());
    Ok(names?.into_iter().filter(is_hidden).collect())
}

/// Sets a pragma, whether SQLite answers it with a row or not.
fn set_pragma(connection: &Connection, name: &str, value: &str) -> rusqlite::Result<()> {
    let mut statement = connection.prepare(&format!("pragma {name} = {value}"))?;
    let mut rows = statement.query([])?;
    while rows.next()?.is_some() {}
    Ok(())
}

/// What a pragma is set to.
pub(super) fn pragma<T: rusqlite::types::FromSql>(
    connection: &Connection,
    name: &str,
) -> rusqlite::Result<T> {
    connection.query_row(&format!("pragma {name}"), [], |row| row.get(0))
}
