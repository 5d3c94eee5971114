//! Why a file cannot be used.

use std::io;
use std::path::PathBuf;

/// Why a file cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum DatabaseFileError {
    /// The folder cannot be made.
    #[error("{}: {why}", .path.display())]
    Folder {
        /// Which one.
        path: PathBuf,
        /// Why.
        why: io::Error,
    },
    /// What the database says.
    #[error("{}: {why}", .path.display())]
    Database {
        /// The file.
        path: PathBuf,
        /// Why.
        why: rusqlite::Error,
    },
    /// It was written by a later version.
    #[error(
        "{} is of version {found}, and this server knows version {known}; start the version that \
         wrote it, or move the file away",
        .path.display()
    )]
    Later {
        /// The file.
        path: PathBuf,
        /// What it is.
        found: i64,
        /// What is known here.
        known: i64,
    },
}
