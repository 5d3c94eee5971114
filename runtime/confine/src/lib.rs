//! A process shuts itself in: limits of what it may take, then Landlock, then seccomp, none of
//! which it can undo.
//!
//! What works with a stranger's bytes beside the server does this before it reads the first of
//! them: the compiler (`evroute-compile`) and the runners of cells (`evroute-cell`). A parent that
//! did it between fork and exec would need `unsafe`.

mod confine;
mod confinement;
mod descriptors;
mod isolation;
mod system_calls;

pub use confine::{ConfineError, Confined, confine};
pub use confinement::{Confinement, MemoryLimit, Purpose};
pub use isolation::Isolation;
