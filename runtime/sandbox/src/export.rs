//! What a component handles: its exports, found once at deploy.

use evroute_event::EventIndex;
use wasmtime::component::ComponentExportIndex;

/// One event that a handler's component exports a handler for.
#[derive(Clone, Copy)]
pub struct Export {
    /// The event.
    pub event: EventIndex,
    pub(crate) function: ComponentExportIndex,
}

impl std::fmt::Debug for Export {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Export({})", self.event.position())
    }
}
