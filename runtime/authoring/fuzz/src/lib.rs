//! What fuzzing a handler stands on: its component, rewritten so that it counts the ways it takes.
//!
//! [`Instrumented::of`] adds to every module a memory of counters and to the component one import,
//! [`REGISTER`], by which it hands them to the host when it starts. Nothing else of it moves: what
//! it does, calls and answers is what the original does, calls and answers.

mod body;
mod component;
mod counters;
mod edge;
mod module;
mod ring;

pub use component::{EdgeMap, InstrumentError, Instrumented, REGISTER};
pub use counters::{register, registered};
pub use edge::{Compared, Edge, Turn};
pub use module::Noted;
pub use ring::Comparison;
