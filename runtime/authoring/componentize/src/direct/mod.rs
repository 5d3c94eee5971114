//! A layout that starts faster than the usual one.
//!
//! A function that takes or returns text needs the guest's memory before it can be imported, and
//! the guest cannot be instantiated before its imports are there. The usual way out is three core
//! instances: a *shim* whose table the guest calls through, the guest, and a *fix-up* that fills
//! the table once the memory exists. A server that starts an instance for every event pays for all
//! three, every time.
//!
//! Here the guest's module is split in two instead: one owns the memory, its initial contents and
//! the allocator (`cabi_realloc` and what that calls), the other has everything else and imports
//! the memory. The first needs no imports, so it is instantiated first, and the second gets its
//! imports directly: two instances, no table, no indirect calls. The types of the component are
//! untouched.
//!
//! The allocator's ways into a panic lead through most of a guest, which cannot be moved: in the
//! memory's half, a call that never returns is a trap at once. A corrupted heap then ends the run
//! as before, but without the panic's message.
//!
//! A guest that says so in a section of its own also gets a memory of as many bytes as it needs,
//! where the smallest page would be 64 KiB. Such a guest asks no instruction how large a page is
//! without looking.
//!
//! Whatever does not have the shape this can be done to, for an [`Obstacle`], keeps the usual
//! layout.

mod border;
mod code_module;
mod diverge;
mod emit;
mod guest;
mod lines;
mod memory_module;
mod module;
mod obstacle;
mod parts;
mod reach;
mod small_memory;
mod split;

use wasmparser::{Validator, WasmFeatures};

pub(crate) use self::obstacle::Obstacle;
use self::parts::Parts;

/// The same component with the memory in an instance of its own.
pub(crate) fn relink(component: &[u8]) -> Result<Vec<u8>, Obstacle> {
    let parts = Parts::read(component)?;
    let guest = guest::Guest::find(&parts)?;
    let split_modules = split::split(&guest)?;
    let relinked = emit::emit(&parts, &guest, &split_modules)?;
    // Nothing that an encoder made, this one included, is taken on trust. Which proposals may be
    // used is for the server to say.
    Validator::new_with_features(WasmFeatures::all())
        .validate_all(&relinked)
        .map_err(|_| Obstacle("it would not validate"))?;
    Ok(relinked)
}

#[cfg(test)]
mod tests;
