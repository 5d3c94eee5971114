//! The tap: the one place that every host call of a run passes.
//!
//! What a handler asks of the server goes through [`begin`] and [`end`], in both backends and both
//! lanes; `evroute-bindings` generates that from the WIT. Without a [`Tap`] that is one branch.
//! With one, the call's arguments become [`WitValue`]s. The tap sees what the server answers
//! (recordings), or answers in its place (replay, the fuzzer, the far end of a pipe).
//!
//! | file | what is in it |
//! |---|---|
//! | `wit_value` | a value of any WIT type, as a tree |
//! | `wit` | between Rust's types and that tree |
//! | `host_call` | which function is called, with what |
//! | `passing` | where a call passes, and who answers it |

mod host_call;
mod passing;
mod wit;
mod wit_value;

pub use host_call::{CallArguments, HostCall, HostFunction};
pub use passing::{CallFuture, Tap, TapHost, begin, end};
pub use wit::{Wit, WitMismatch};
pub use wit_value::WitValue;

#[cfg(test)]
mod tests;
