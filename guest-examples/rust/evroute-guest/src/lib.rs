//! What every evroute handler in Rust would write itself otherwise. The contract is the WIT; this
//! is its Rust.
//!
//! ```no_run
//! use evroute_guest::core::request::{Event, Verdict};
//! use evroute_guest::{Result, event_route, info};
//!
//! event_route!(core::request => guard);
//!
//! fn guard(event: &Event) -> Result<Verdict> {
//!     let message = event.message();
//!     info!(message.method(), " from ", message.from_uri());
//!     Ok(Verdict::Pass)
//! }
//! # fn main() {}
//! ```
//!
//! - [`event_route!`] subscribes a function to an event. Each event has a module with its `Event` and its `Verdict`.
//! - [`pv!`] reads and writes pseudo-variables: `pv!("$TS" as i64)?`, `pv!("$rU" = "bob")?`.
//! - [`info!`] and its like write a line of the operator's log from parts.
//! - [`Context`] says what was refused, as a sentence for the operator.
//!
//! All of it is generated from the WIT, or a few lines above what is, which is in [`bindings`].
//! What a handler does not use is not in its component and is asked of nobody: imports are what the
//! code calls.
//!
//! A handler is started for every event, and pays for what it brings along: the code of std's
//! panics, the table that its formatting calls through, the pages that its allocator takes. In a
//! `#![no_std]` handler this crate leaves all of that out. A handler that wants std instead takes
//! this crate with `default-features = false` and the feature `std`; it is built for
//! `wasm32-wasip1`, where the clocks stand at the event's time, `println!` and `eprintln!` write
//! lines of the log (info and warning), and random numbers follow the run's seed. A panic is logged
//! in the log.
#![no_std]

extern crate alloc;
// A handler is also compiled for the machine it is written on, by editors and for its own tests;
// there std has what stands below in its place.
#[cfg(any(not(target_arch = "wasm32"), feature = "std"))]
extern crate std;

#[cfg(all(feature = "no-std", target_arch = "wasm32"))]
mod arena;
pub mod bindings;
mod error;
mod events;
pub mod header;
mod joined;
mod kept;
pub mod log;
#[cfg(all(feature = "no-std", target_arch = "wasm32"))]
mod panic;
pub mod pv;
mod raise;
pub mod reply;
pub mod shv;
#[cfg(all(feature = "no-std", target_arch = "wasm32"))]
mod small_memory;
pub mod sql;
#[cfg(feature = "std")]
mod std_panic;
mod table;
mod value;

pub use error::{Context, Error, Result};
pub use events::*;
pub use kept::Kept;
pub use value::{FromValue, Value};

/// The message that an event is about: the handler's own copy. Edits reach the wire only if the run
/// returns a verdict.
pub type Message = Kept<bindings::evroute::sip::types::Message>;

/// What a run begins with, before the handler's function.
#[doc(hidden)]
#[inline]
pub fn begin() {
    #[cfg(feature = "std")]
    std_panic::tell();
}

#[cfg(test)]
mod tests;
