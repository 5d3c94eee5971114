//! Runs in a process of their own.
//!
//! A handler of a tenant in a cell runs in a process that has shut itself in: a hole in the sandbox
//! leads into a room without files, network or other processes, where the code of the same trust
//! tier is and nothing else. What the handler asks of the server comes over one socket, as values,
//! and the server believes none of it.
//!
//! | file | what is in it |
//! |---|---|
//! | `frame` | where a frame ends: kind, length, body |
//! | `body` | what bodies are made of: numbers, texts, values, each checked against what is there |
//! | `from_runner` | what a runner says |
//! | `to_runner` | what the server says |
//! | `outcome_code` | outcomes and meters in bodies |

mod body;
mod frame;
mod from_runner;
mod outcome_code;
mod to_runner;

pub use body::{BodyError, BodyReader, BodyWriter};
pub use frame::{CellFrameError, FrameReader, write_frame};
pub use from_runner::FromRunner;
pub use to_runner::ToRunner;
