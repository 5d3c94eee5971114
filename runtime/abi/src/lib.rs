//! The Canonical ABI between this server and the core module of a small handler.
//!
//! Wasmtime's component layer does this for every component, in general. A handler of the direct
//! layout (one module that owns the memory, one that has the code) needs little of it: scalars,
//! text, lists, variants, records, and handles to the server's resources, in calls that wait for
//! nothing. Done here, such a handler runs as plain core modules, whose state can be reset to what
//! it was at the start (`evroute-sandbox` says when and how).
//!
//! Everything a guest says is checked here as the [Canonical ABI] asks: bounds, alignment, UTF-8,
//! discriminants, the kind of a handle. What it gets wrong is a [`Fault`], which ends its run.
//! Handles are numbered as Wasmtime numbers them and the guest's allocator is asked in the same
//! order, so that a run burns the same fuel and sees the same numbers either way.
//!
//! | file | what is in it |
//! |---|---|
//! | `guest` | what host calls need to know of the guest whose call they answer |
//! | `handles` | the handles a guest holds |
//! | `layout` | how large values are |
//! | `lift` | from the guest's values to ours |
//! | `lower` | from ours to the guest's |
//! | `hostcall` | one call of the guest to us |
//! | `call` | one call of us to the guest |
//! | `shape` | records, enums and variants: macros for generated code |
//!
//! [Canonical ABI]: https://github.com/WebAssembly/component-model/blob/main/design/mvp/CanonicalABI.md

mod call;
mod fault;
mod guest;
mod handles;
mod hostcall;
mod layout;
mod lift;
mod lower;
mod shape;

pub use call::{Answering, call};
pub use fault::Fault;
pub use guest::{CoreGuest, Guest, Realloc};
pub use handles::Handles;
pub use hostcall::{give_back, lift, lower, lower_single};
pub use layout::{Layout, align_to};
pub use lift::{Arguments, Lift, Reader};
pub use lower::{Lower, Single, Writer};
