//! What fuzzing a handler stands on: its component, rewritten so that it counts the ways it takes.
//!
//! [`Instrumented::of`] adds to every module a memory of counters and to the component one import,
//! [`REGISTER`], by which it hands them to the host when it starts. Nothing else of it moves: what
//! it does, calls and answers is what the original does, calls and answers.

mod body;
mod component;
mod edge;
mod module;

pub use component::{InstrumentError, Instrumented, REGISTER};
pub use edge::{Edge, Turn};
