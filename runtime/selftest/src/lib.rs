//! Hostile handlers against this node's own settings, in this process and its sandbox.
//!
//! One table says what is tried and what must come of it (`tests/guests/attacks.toml`); the suite
//! of a running server and the threat model have the same one. Nothing is left behind: no socket
//! is opened, no file is written.

mod attack;
mod bombs;
mod counted_log;
mod guests;
mod judge;
mod scene;
mod trial;

pub use attack::{Attack, attacks};
pub use trial::{Trial, try_attacks};

/// What keeps attacks from being tried at all: a table that cannot be read, a sandbox that cannot
/// be set up.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub struct SelftestError(String);

impl SelftestError {
    fn of(error: impl std::fmt::Display) -> Self {
        Self(error.to_string())
    }
}
