//! A change that counts already, and may still have to be kept.

use std::fmt;
use std::sync::Arc;

use super::record::Record;
use crate::aor::Aor;
use crate::binding::Binding;
use crate::contact_change::ContactChange;
use crate::location_store::Storing;

/// A change that counts already, and may still have to be kept: see
/// [`LocationTable::kept`](crate::LocationTable::kept).
#[derive(Debug)]
pub struct Saved {
    /// What is registered now, as [`lookup`](crate::LocationTable::lookup) finds it.
    pub registered: Vec<Arc<Binding>>,
    /// What was done to which contact.
    pub changes: Vec<ContactChange>,
    pub(super) pending: Option<Pending>,
}

/// What is waited for, and what is done when it fails.
pub(super) struct Pending {
    pub(super) kept: Storing,
    pub(super) undo: Undo,
}

impl fmt::Debug for Pending {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Pending").finish_non_exhaustive()
    }
}

/// How a change is taken back.
pub(super) struct Undo {
    pub(super) aor: Aor,
    /// The version that the change made.
    pub(super) version: u64,
    pub(super) before: Record,
}

impl Saved {
    pub(super) const fn unchanged(registered: Vec<Arc<Binding>>) -> Self {
        Self {
            registered,
            changes: Vec::new(),
            pending: None,
        }
    }

    /// Whether it has to be waited for.
    #[must_use]
    pub const fn is_pending(&self) -> bool {
        self.pending.is_some()
    }
}
