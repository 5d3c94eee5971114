//! What a module tells the server about itself.

use std::sync::Arc;

use crate::{Capability, EventBinding, Variable};

/// A module, as the server's list sees it. All of it is tables: a module's state and its running parts are built where
/// the server is put together.
pub trait Module: Send + Sync {
    /// Kamailio's name for it where there is one.
    fn name(&self) -> &'static str;

    /// The events it raises and how guests handle them.
    fn events(&self) -> Vec<Arc<dyn EventBinding>> {
        Vec::new()
    }

    /// The pseudo-variables it owns.
    fn variables(&self) -> &'static [Variable] {
        &[]
    }

    /// The interfaces it implements for guests.
    fn capabilities(&self) -> &'static [Capability] {
        &[]
    }
}
