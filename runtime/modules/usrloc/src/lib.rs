//! Where users are: REGISTER, contacts with expiry, lookup (RFC 3261 section 10).
//!
//! [`LocationTable`] is the state of one tenant: plain Rust, no I/O, no clock, no task. The
//! way of a REGISTER: [`read_register`] makes an [`Update`] of the message,
//! [`LocationTable::save`] carries it out, [`answer_headers`] lists what is registered now.

mod aor;
mod binding;
mod capability;
mod config;
mod error;
pub mod events;
mod location;
mod module;
mod pinger;
mod reach;
mod registrar;
mod sweeper;
mod timestamp;

pub use aor::Aor;
pub use binding::Binding;
pub use config::{Config, ContactsOver};
pub use error::RegisterError;
pub use location::{ExpiredBinding, LocationTable, Update};
pub use module::UsrlocModule;
pub use reach::Reach;
pub use registrar::{Registrar, answer_headers, read_register};
pub use sweeper::Sweeper;
pub use timestamp::Timestamp;
