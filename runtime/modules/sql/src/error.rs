//! What goes wrong, and its one mapping to the WIT.

use std::io;

use evroute_bindings::evroute::sql::sql::Error as WitError;
use rusqlite::ffi;

use crate::statement::Fault;

/// How long a text in an error may be.
const TEXT_BYTES_MAX: usize = 512;

/// Why a database cannot be used at all: reported at the start, to the operator.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
#[error("database {label:?}: {why}")]
pub struct OpenError {
    /// Its label.
    pub label: String,
    /// What is wrong and what to do. Never with a password.
    pub why: String,
}

/// Why a statement did not run to its end. The texts are for the log and hold no credentials.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
pub enum Error {
    /// It took longer than the database's deadline. Whether a write took place is not known.
    #[error("the statement took longer than the deadline")]
    Deadline,
    /// No connection was free, or the database cannot be reached.
    #[error("the database is not available: {0}")]
    Unavailable(String),
    /// The database refused it, or it is not one statement with its parameters.
    #[error("refused: {0}")]
    Refused(String),
    /// The result is larger than the limits.
    #[error("the result is larger than the limit")]
    TooLarge,
    /// There is no room for what the statement writes: an embedded database is as large as it may
    /// be, or its log and its temporary files are.
    #[error("the database has no room left for what it would write")]
    Full,
    /// The database would have written, for a handler that was granted it for reading only.
    #[error("the database was granted for reading only")]
    ReadOnly,
    /// Anything else.
    #[error("{0}")]
    Other(String),
}

impl Error {
    pub(crate) fn refused(why: impl Into<String>) -> Self {
        Self::Refused(shorten(why.into()))
    }

    pub(crate) fn unavailable(why: impl Into<String>) -> Self {
        Self::Unavailable(shorten(why.into()))
    }

    /// A value that has no place in the WIT.
    pub(crate) fn unreadable(column: &str, type_name: &str) -> Self {
        Self::refused(format!(
            "column {column:?} is of type {type_name}, which cannot be read; cast it to text"
        ))
    }
}

impl From<Error> for WitError {
    fn from(error: Error) -> Self {
        match error {
            Error::Deadline => Self::Deadline,
            // Where the database is and what is wrong with it is between the operator and the log.
            Error::Unavailable(_) | Error::Full => Self::Unavailable,
            Error::ReadOnly => Self::NotGranted,
            Error::Refused(text) => Self::Refused(text),
            Error::TooLarge => Self::TooLarge,
            Error::Other(text) => Self::Other(text),
        }
    }
}

impl From<tokio_postgres::Error> for Error {
    fn from(error: tokio_postgres::Error) -> Self {
        if let Some(refusal) = error.as_db_error() {
            return from_postgres(refusal.code().code(), refusal.message().to_owned());
        }
        let cause = std::error::Error::source(&error);
        let io = cause.and_then(|cause| cause.downcast_ref::<io::Error>());
        match io {
            _ if error.is_closed() => Self::unavailable("the connection has ended"),
            // The driver has not sent it: a NUL in a text.
            Some(io) if io.kind() == io::ErrorKind::InvalidInput => Self::refused(io.to_string()),
            Some(io) => Self::unavailable(io.to_string()),
            None => Self::Other(shorten(with_cause(&error))),
        }
    }
}

/// The driver's error and what it says about the reason.
pub(crate) fn with_cause(error: &tokio_postgres::Error) -> String {
    match std::error::Error::source(error) {
        Some(cause) => format!("{error}: {cause}"),
        None => error.to_string(),
    }
}

/// Whether the connection cannot be used any more.
pub(crate) fn is_of_the_connection(error: &tokio_postgres::Error) -> bool {
    match error.code() {
        // 0A000, "cached plan must not change result type": a table was altered, and the
        // statements that this connection has prepared stay wrong. 26000: a statement that was
        // prepared is gone.
        Some(code) => matches!(code.code(), "0A000" | "26000") || is_out_of_reach(code.code()),
        None => true,
    }
}

/// By SQLSTATE, PostgreSQL's appendix A.
fn from_postgres(code: &str, text: String) -> Error {
    match code {
        // query_canceled: statement_timeout is how the server says so.
        "57014" => Error::Deadline,
        _ if is_out_of_reach(code) => Error::Unavailable(shorten(text)),
        _ => Error::refused(text),
    }
}

/// Connection exceptions, wrong credentials, no such database, no connection left, shutting down:
/// nothing that the statement is to blame for.
fn is_out_of_reach(code: &str) -> bool {
    matches!(
        code,
        "3D000" | "53300" | "57P01" | "57P02" | "57P03" | "57P04" | "57P05"
    ) || code.starts_with("08")
        || code.starts_with("28")
}

impl From<rusqlite::Error> for Error {
    fn from(error: rusqlite::Error) -> Self {
        match error {
            rusqlite::Error::SqliteFailure(failure, text) => {
                let text = text.unwrap_or_else(|| failure.to_string());
                from_sqlite(failure.extended_code, text)
            }
            rusqlite::Error::SqlInputError { error, msg, .. } => {
                from_sqlite(error.extended_code, msg)
            }
            rusqlite::Error::Empty => Self::refused(Fault::Empty.to_string()),
            rusqlite::Error::MultipleStatement => Self::refused(Fault::Stacked.to_string()),
            other => Self::Other(shorten(other.to_string())),
        }
    }
}

/// By result code; the low byte is the primary one.
fn from_sqlite(code: i32, text: String) -> Error {
    match code & 0xff {
        // After the busy timeout, which is the deadline; INTERRUPT is the deadline itself.
        ffi::SQLITE_BUSY | ffi::SQLITE_LOCKED | ffi::SQLITE_INTERRUPT => Error::Deadline,
        // NOMEM: of what embedded databases may use together. TOOBIG: a value.
        ffi::SQLITE_NOMEM | ffi::SQLITE_TOOBIG => Error::TooLarge,
        ffi::SQLITE_FULL => Error::Full,
        ffi::SQLITE_IOERR | ffi::SQLITE_CANTOPEN => Error::Unavailable(shorten(text)),
        _ => Error::refused(text),
    }
}

fn shorten(mut text: String) -> String {
    if text.len() > TEXT_BYTES_MAX {
        text.truncate(text.floor_char_boundary(TEXT_BYTES_MAX));
    }
    text
}
