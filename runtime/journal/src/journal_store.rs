//! One tenant's rows of one kind.

use std::sync::Arc;

use crate::journal_queue::JournalQueue;
use crate::journal_reader::JournalReader;
use crate::queued_change::{QueuedChange, QueuedWhat};
use crate::tenant_share::TenantShare;
use crate::{Commit, Durability, JournalError, RowChange};

/// One tenant's rows of one kind. Cheap to clone.
#[derive(Clone)]
pub struct JournalStore {
    number: i64,
    durability: Durability,
    share: Arc<TenantShare>,
    queue: Arc<JournalQueue>,
    reader: Arc<JournalReader>,
}

impl std::fmt::Debug for JournalStore {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("JournalStore")
            .field("tenant", &self.share.tenant)
            .field("number", &self.number)
            .finish_non_exhaustive()
    }
}

impl JournalStore {
    pub(crate) fn new(
        (number, durability): (i64, Durability),
        share: Arc<TenantShare>,
        queue: Arc<JournalQueue>,
        reader: Arc<JournalReader>,
    ) -> Self {
        Self {
            number,
            durability,
            share,
            queue,
            reader,
        }
    }

    /// Hands in changes that are written together or not at all, behind all that the tenant handed
    /// in before. Does not wait, whatever the disk does, so that it may be called where the order
    /// of changes is decided, under a lock.
    ///
    /// # Errors
    /// [`JournalError::Queue`], [`JournalError::Share`], [`JournalError::Closed`]: nothing was
    /// handed in.
    pub fn append(&self, rows: Vec<RowChange>) -> Result<Commit, JournalError> {
        let rows = QueuedWhat::Rows(self.number, rows);
        let (change, commit) = QueuedChange::new(rows, self.durability, &self.share)?;
        self.queue.put(change);
        Ok(commit)
    }

    /// Hands out key and bytes of every row, in the order of the keys. Blocks.
    ///
    /// # Errors
    /// [`JournalError::Unusable`]; some rows may have been handed out.
    pub fn rows(&self, each: impl FnMut(&[u8], &[u8])) -> Result<(), JournalError> {
        self.reader.rows(self.number, each)
    }
}
