//! Where users are: REGISTER, contacts with expiry, lookup (RFC 3261 section 10).
//!
//! [`LocationTable`] is the state of one tenant: plain Rust, no I/O, no clock, no task. The
//! way of a REGISTER: [`read_register`] makes an [`Update`] of the message,
//! [`LocationTable::save`] carries it out, [`LocationTable::kept`] waits until it is kept in a
//! [`LocationStore`], [`answer_headers`] lists what is registered now.

mod aor;
mod binding;
mod capability;
mod config;
mod contact_change;
mod contact_listener;
mod error;
pub mod events;
mod journal_locations;
mod location;
mod location_store;
mod module;
mod pinger;
mod reach;
mod registrar;
mod rpc;
mod stored_contacts;
mod sweeper;
mod timestamp;

pub use aor::Aor;
pub use binding::Binding;
pub use config::{Config, ContactsOver, ExpiresUnder};
pub use contact_change::{ChangeCause, ContactChange, ContactFate};
pub use error::RegisterError;
pub use journal_locations::JournalLocations;
pub use location::{ExpiredBinding, LocationTable, Saved, Update};
pub use location_store::{Loading, LocationStore, NotStored, StoredLocation, Storing, StoringRow};
pub use module::UsrlocModule;
pub use reach::Reach;
pub use registrar::{Registrar, answer_headers, read_register};
pub use sweeper::Sweeper;
pub use timestamp::Timestamp;
