//! Why usage is not kept.

use std::path::PathBuf;

use evroute_database_file::DatabaseFileError;

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
    /// The file cannot be opened.
    #[error(transparent)]
    File(#[from] DatabaseFileError),
}
