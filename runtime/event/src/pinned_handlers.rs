//! Handlers as they are in force at one moment.

use std::any::Any;
use std::fmt;
use std::sync::Arc;

/// A tenant's handlers as they were in force when somebody asked for them, held so that several
/// events about one message meet the same revisions. Only the sink that made it knows what is in
/// it. Cheap to clone.
#[derive(Clone, Default)]
pub struct PinnedHandlers(Option<Arc<dyn Any + Send + Sync>>);

impl PinnedHandlers {
    /// Holds this.
    #[must_use]
    pub fn new(handlers: Arc<dyn Any + Send + Sync>) -> Self {
        Self(Some(handlers))
    }

    /// What is held, where it is of this type.
    #[must_use]
    pub fn get<T: Any + Send + Sync>(&self) -> Option<&T> {
        self.0.as_ref()?.downcast_ref()
    }

    /// The same, to be kept.
    #[must_use]
    pub fn share<T: Any + Send + Sync>(&self) -> Option<Arc<T>> {
        Arc::clone(self.0.as_ref()?).downcast().ok()
    }
}

impl fmt::Debug for PinnedHandlers {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PinnedHandlers").finish_non_exhaustive()
    }
}
