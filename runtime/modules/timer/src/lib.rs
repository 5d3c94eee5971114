//! The timer module: `timer:<name>`, raised at configured intervals. Kamailio's `rtimer` and
//! `timer` modules.
//!
//! A timer never overlaps itself: the next tick waits for the handlers of this one. Ticks that are
//! missed that way are counted, not made up for.

mod capability;
mod config;
mod driver;
pub mod events;
mod module;
mod schedule;

pub use config::{Config, TimerConfig};
pub use driver::run;
pub use module::TimerModule;
pub use schedule::{Schedule, Tick};
