//! What handlers may import.

use std::fmt;

use wasmtime::component::Linker;

use crate::RunState;

/// How a handler is run. Chosen at deploy from what it imports.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Lane {
    /// In the worker that raised the event; all capabilities answer from memory.
    Sync,
    /// On a stack of its own; a capability may wait for I/O without holding a worker.
    Async,
}

/// Adds an interface to a linker of core modules.
pub type LinkBare = fn(&mut wasmtime::Linker<RunState>) -> wasmtime::Result<()>;

/// One WIT interface that handlers may import.
#[derive(Clone, Copy)]
pub struct Capability {
    /// The interface's full name, `evroute:log/log@0.1.0`.
    pub interface: &'static str,
    /// The word that grants it in the configuration; none for what needs no leave (payload types, which are of no
    /// use without an event).
    pub grant: Option<&'static str>,
    /// Which lane importing it leads to.
    pub lane: Lane,
    /// Adds it to a linker.
    pub link: fn(&mut Linker<RunState>) -> wasmtime::Result<()>,
    /// Adds it to a linker of core modules; none where handlers that import it always run as components.
    pub link_bare: Option<LinkBare>,
}

impl Capability {
    /// The interface's name without its version: components may ask for any compatible one.
    #[must_use]
    pub fn unversioned(&self) -> &'static str {
        self.interface.split('@').next().unwrap_or(self.interface)
    }
}

impl fmt::Debug for Capability {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.interface)
    }
}
