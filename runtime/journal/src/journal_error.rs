//! Why a change is not kept.

use std::sync::Arc;

/// Why a change is not kept. Nothing of it is on the disk then, and whoever made it takes it back.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
pub enum JournalError {
    /// The file cannot be used.
    #[error("{0}")]
    Unusable(Arc<str>),
    /// It could not be written. The next one is tried again.
    #[error("the journal could not be written: {0}; look for a full or read-only disk")]
    NotWritten(Arc<str>),
    /// The tenant has as much waiting to be written as it may.
    #[error(
        "the tenant has as many changes waiting for the disk as it may; \
         journal_queued_bytes_max in [tenant.quota] sets how many"
    )]
    Queue,
    /// The tenant keeps as much on the disk as it may.
    #[error(
        "the tenant keeps as much on the disk as it may; journal_bytes_max in [tenant.quota] sets \
         how much"
    )]
    Share,
    /// The tenant was removed, or the server stops.
    #[error("the journal is closed")]
    Closed,
}
