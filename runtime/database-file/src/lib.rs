//! SQLite files of the server: made where there are none, opened, brought up to this version, and
//! refused where a later one wrote them. Each keeps its version in `PRAGMA user_version`.

mod database_file_error;
mod database_schema;

pub use database_file_error::DatabaseFileError;
pub use database_schema::{DatabaseSchema, Synchronous};

use std::path::{Path, PathBuf};
use std::time::Duration;

use rusqlite::{Connection, OpenFlags};

/// How long to wait for whoever else has the database open.
const BUSY: Duration = Duration::from_secs(5);

/// Opens a file, makes it and the folder around it where there are none, and brings it up to the
/// schema's version. Blocks.
///
/// # Errors
/// [`DatabaseFileError`]; a file of a later version stays as it was.
pub fn open(
    path: &Path,
    schema: &DatabaseSchema<'_>,
    synchronous: Synchronous,
) -> Result<Connection, DatabaseFileError> {
    if let Some(folder) = path.parent() {
        std::fs::create_dir_all(folder).map_err(|why| DatabaseFileError::Folder {
            path: folder.to_owned(),
            why,
        })?;
    }
    let failed = |why| DatabaseFileError::Database {
        path: path.to_owned(),
        why,
    };
    let mut connection = connect(path, synchronous).map_err(failed)?;
    let found = prepare(&mut connection, schema).map_err(failed)?;
    match found > schema.version {
        true => Err(DatabaseFileError::Later {
            path: path.to_owned(),
            found,
            known: schema.version,
        }),
        false => Ok(connection),
    }
}

/// The files that a database at this path has on the disk, those included that it has only while it
/// is open.
#[must_use]
pub fn files(path: &Path) -> Vec<PathBuf> {
    let file = |end| PathBuf::from(format!("{}{end}", path.display()));
    ["", "-wal", "-shm", "-journal"].map(file).into()
}

fn connect(path: &Path, synchronous: Synchronous) -> rusqlite::Result<Connection> {
    // A connection has one user at a time, so SQLite need not lock it.
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE
        | OpenFlags::SQLITE_OPEN_CREATE
        | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let connection = Connection::open_with_flags(path, flags)?;
    connection.busy_timeout(BUSY)?;
    connection.pragma_update(None, "journal_mode", "wal")?;
    connection.pragma_update(None, "synchronous", synchronous.as_str())?;
    Ok(connection)
}

/// Brings the tables up to this version. The answer is the version of what is there.
fn prepare(connection: &mut Connection, schema: &DatabaseSchema<'_>) -> rusqlite::Result<i64> {
    let version = |connection: &Connection| {
        connection.pragma_query_value(None, "user_version", |row| row.get::<_, i64>(0))
    };
    let found = version(connection)?;
    if found >= schema.version {
        return Ok(found);
    }
    let transaction =
        connection.transaction_with_behavior(rusqlite::TransactionBehavior::Immediate)?;
    // Somebody else may have been first.
    let found = version(&transaction)?;
    for step in schema.steps_from(found) {
        transaction.execute_batch(step)?;
    }
    if found < schema.version {
        transaction.pragma_update(None, "user_version", schema.version)?;
    }
    transaction.commit()?;
    Ok(found.max(schema.version))
}

#[cfg(test)]
mod tests;
