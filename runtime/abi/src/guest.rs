//! What host calls need to know of the guest whose call they answer.

use wasmtime::{Memory, TypedFunc};

use crate::{Fault, Handles};

/// The guest's allocator: old pointer, old size, alignment, new size; the new pointer.
pub type Realloc = TypedFunc<(u32, u32, u32, u32), u32>;

/// A store's data, when the store may hold a guest of this kind.
pub trait CoreGuest: 'static {
    /// The guest; none while it is being started, and for components.
    fn guest(&mut self) -> Option<&mut Guest>;

    /// Whether somebody asks how much fuel is left at each host call.
    fn notes_fuel(&mut self) -> bool {
        false
    }

    /// How much fuel is left at the host call that begins.
    fn note_fuel(&mut self, left: u64) {
        let _ = left;
    }
}

/// A guest that runs as core modules: where its values are, and which handles it holds.
pub struct Guest {
    pub(crate) memory: Memory,
    pub(crate) realloc: Option<Realloc>,
    pub(crate) handles: Handles,
    pub(crate) call_bytes_max: usize,
    /// False while what a guest wants called after its answer is called: it may tidy up then, and
    /// not call anybody.
    pub(crate) may_leave: bool,
}

impl Guest {
    /// A guest that holds nothing yet. One host call may move as many bytes as `call_octets_max`
    /// from it; `handles_max` handles may be open at once.
    #[must_use]
    pub fn new(
        memory: Memory,
        realloc: Option<Realloc>,
        call_bytes_max: usize,
        handles_max: usize,
    ) -> Self {
        Self {
            memory,
            realloc,
            handles: Handles::new(handles_max),
            call_bytes_max,
            may_leave: true,
        }
    }

    /// The memory, for whoever puts it back to what it was.
    #[must_use]
    pub fn memory(&self) -> Memory {
        self.memory
    }

    /// Forgets all that a run has left here: handles are numbered from the beginning again.
    pub fn forget(&mut self) {
        self.handles.clear();
        self.may_leave = true;
    }
}

impl std::fmt::Debug for Guest {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Guest")
            .field("handles", &self.handles)
            .finish_non_exhaustive()
    }
}

pub(crate) fn guest_of<T: CoreGuest>(data: &mut T) -> Result<&mut Guest, Fault> {
    data.guest().ok_or(Fault::NotEligible)
}

/// The guest whose call this is, if it may call us now.
pub(crate) fn caller_of<T: CoreGuest>(data: &mut T) -> Result<&mut Guest, Fault> {
    let guest = guest_of(data)?;
    if guest.may_leave {
        Ok(guest)
    } else {
        Err(Fault::MayNotLeave)
    }
}
