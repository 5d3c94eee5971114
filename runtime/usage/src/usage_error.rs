//! Why usage is not kept.

use std::path::PathBuf;

/// Why what tenants used cannot be read or kept.
#[derive(Debug, thiserror::Error)]
pub enum UsageError {
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
