//! Begins an event or a module: `make new-event NAME=dialog:start`, `make new-module NAME=dialog`.
//!
//! What every event and every module has is written as a skeleton, into the files where it belongs;
//! what is printed from the WIT is printed anew. A skeleton has marks, [`MARK`], where only its
//! author knows what to write: `tests/tidy` fails as long as one is left, and so does the test that
//! comes with it. Nothing is written unless all of it can be.

mod edit;
mod error;
mod event;
mod module;
mod name;
mod tree;

pub use error::Error;
pub use event::event;
pub use module::module;
pub use name::{EventName, ModuleName, NameError};
pub use tree::{Change, Origin, Tree};

/// Stands where the author has to write something.
pub const MARK: &str = "FILL IN";
