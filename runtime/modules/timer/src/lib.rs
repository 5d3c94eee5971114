//! The timer module: `timer:<name>`, raised at configured intervals. Kamailio's `rtimer` and `timer` modules.
//!
//! A timer never overlaps itself: the next tick waits for the handlers of this one. Ticks that are missed that way are
//! counted, not made up for.

mod capability;
mod driver;
pub mod events;
mod schedule;

pub use capability::TimerModule;
pub use driver::{TimerConfig, run};
pub use schedule::{Schedule, Tick};
