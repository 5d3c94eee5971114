//! The operator's hand: writes that are no run's.

use std::sync::Arc;

use crate::write_batch::WriteBatch;
use crate::{HtableTenant, Stored, TableId, WriteError};

impl HtableTenant {
    /// Writes from outside a run, at once; none removes. The operator's writes have the same
    /// limits.
    ///
    /// # Errors
    /// [`WriteError`].
    pub fn write(
        self: &Arc<Self>,
        place: TableId,
        key: &str,
        value: Option<Stored>,
        now_us: u64,
    ) -> Result<(), WriteError> {
        let mut write_batch = WriteBatch::new(Arc::clone(self), now_us);
        write_batch.set(place, key, value, None)?;
        write_batch.commit_now()
    }

    /// Removes from outside a run, at once, and says whether there was an entry.
    ///
    /// # Errors
    /// [`WriteError`].
    pub fn remove(
        self: &Arc<Self>,
        place: TableId,
        key: &str,
        now_us: u64,
    ) -> Result<bool, WriteError> {
        let mut write_batch = WriteBatch::new(Arc::clone(self), now_us);
        let was = write_batch.remove(place, key)?;
        write_batch.commit_now().map(|()| was)
    }
}
