//! A change on its way to the disk.

use std::sync::Arc;

use tokio::sync::oneshot;

use crate::tenant_share::TenantShare;
use crate::{Durability, JournalError, RowChange};

/// A change on its way to the disk.
pub(crate) struct QueuedChange {
    pub(crate) what: QueuedWhat,
    pub(crate) durability: Durability,
    pub(crate) share: Arc<TenantShare>,
    queued: u64,
    taken: u64,
    given: u64,
    answer: oneshot::Sender<Result<(), JournalError>>,
}

/// What is done.
pub(crate) enum QueuedWhat {
    /// Rows of a store, all or none. No rows: whoever waits knows that all before is written.
    Rows(i64, Vec<RowChange>),
    /// This store of the tenant goes, or all do.
    Purge(Option<String>),
}

impl QueuedChange {
    /// A change that has room in its tenant's share, and where its end is waited for.
    pub(crate) fn new(
        what: QueuedWhat,
        durability: Durability,
        share: &Arc<TenantShare>,
    ) -> Result<(Self, Commit), JournalError> {
        let rows: &[RowChange] = match &what {
            QueuedWhat::Rows(_, rows) => rows,
            QueuedWhat::Purge(_) => &[],
        };
        let (mut queued, mut taken, mut given) = (0_u64, 0_u64, 0_u64);
        for row in rows {
            let (takes, gives) = row.kept_bytes();
            queued = queued.saturating_add(row.queued_bytes());
            taken = taken.saturating_add(takes);
            given = given.saturating_add(gives);
        }
        share.enter(queued, taken, given)?;
        let (answer, commit) = oneshot::channel();
        let change = Self {
            what,
            durability,
            share: Arc::clone(share),
            queued,
            taken,
            given,
            answer,
        };
        Ok((change, Commit(commit)))
    }

    pub(crate) fn rows(&self) -> usize {
        match &self.what {
            QueuedWhat::Rows(_, rows) => rows.len(),
            QueuedWhat::Purge(_) => 1,
        }
    }

    /// Tells whoever waits, if somebody does.
    pub(crate) fn answer(self, written: Result<(), JournalError>) {
        self.share.leave_queue(self.queued);
        if written.is_err() {
            self.share.take_back(self.taken, self.given);
        }
        // Not everybody waits.
        let _ = self.answer.send(written);
    }
}

/// The end of a change: it is on the disk, or it is not. Whoever drops it does not want to know.
#[derive(Debug)]
pub struct Commit(oneshot::Receiver<Result<(), JournalError>>);

impl Commit {
    /// Waits for it.
    ///
    /// # Errors
    /// [`JournalError`]: nothing of the change is kept.
    pub async fn done(self) -> Result<(), JournalError> {
        self.0.await.unwrap_or(Err(JournalError::Closed))
    }

    /// Waits for it outside of asynchronous code. Blocks.
    ///
    /// # Errors
    /// As [`Commit::done`].
    pub fn wait(self) -> Result<(), JournalError> {
        self.0.blocking_recv().unwrap_or(Err(JournalError::Closed))
    }
}
