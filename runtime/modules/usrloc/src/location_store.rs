//! Where registrations are kept beside memory.

use std::fmt;
use std::pin::Pin;

use crate::{Aor, Binding};

/// Where the registrations of one tenant outlive the process. Memory answers what is asked; this is
/// only written while the tenant is served, and read when it starts.
pub trait LocationStore: fmt::Debug + Send + Sync {
    /// Hands in what is registered for an address of record from now on, all of it, the contact
    /// that was registered the longest time ago first. Without contacts it is forgotten. Called
    /// under a lock, and what is handed in first is kept first: does not wait.
    ///
    /// `replaced` is what [`StoringRow::bytes`] said of the row before; none where there is none.
    ///
    /// # Errors
    /// [`NotStored`]: nothing was handed in.
    fn put(
        &self,
        aor: &Aor,
        contacts: &[&Binding],
        replaced: Option<usize>,
    ) -> Result<StoringRow, NotStored>;

    /// Everything that is kept.
    fn load(&self) -> Loading<'_>;

    /// Forgets everything: the tenant does not want it kept any more.
    fn clear(&self) -> Storing;
}

/// A row that was handed in.
pub struct StoringRow {
    /// How long it is; none when it was removed.
    pub bytes: Option<usize>,
    /// Ready when it is kept, or cannot be. Whoever drops it does not want to know.
    pub kept: Storing,
}

impl fmt::Debug for StoringRow {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("StoringRow")
            .field("bytes", &self.bytes)
            .finish_non_exhaustive()
    }
}

/// The way of a change to where it is kept.
pub type Storing = Pin<Box<dyn Future<Output = Result<(), NotStored>> + Send>>;

/// The way to everything that is kept.
pub type Loading<'a> =
    Pin<Box<dyn Future<Output = Result<Vec<StoredLocation>, NotStored>> + Send + 'a>>;

/// What is kept of one address of record.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct StoredLocation {
    /// Its contacts, in the order in which they were handed in. Maybe over meanwhile.
    pub contacts: Vec<Binding>,
    /// Whose they are.
    pub aor: Aor,
    /// How long the row is.
    pub bytes: usize,
}

/// Why something is not kept: one sentence for the log.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
#[error("{0}")]
pub struct NotStored(pub String);
