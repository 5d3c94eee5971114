//! Ending a run from inside a host call.

use evroute_event::{LimitKind, Outcome};

/// The error a host call returns to end the run with this outcome. It travels through the guest as
/// a trap that the guest cannot catch.
#[derive(Clone, Debug, thiserror::Error)]
#[error("{0}")]
pub struct HostTrap(pub Outcome);

impl HostTrap {
    /// Ends the run because a limit is used up.
    #[must_use]
    pub fn quota(quota: LimitKind) -> wasmtime::Error {
        wasmtime::Error::new(Self(Outcome::QuotaExceeded(quota)))
    }

    /// Ends the run because the guest asked for what cannot be; a sentence for the log.
    #[must_use]
    pub fn trap(what: &str) -> wasmtime::Error {
        wasmtime::Error::new(Self(Outcome::Trap(what.to_owned())))
    }

    /// Ends the run because something in this server is not as it must be.
    #[must_use]
    pub fn host_fault(what: &str) -> wasmtime::Error {
        wasmtime::Error::new(Self(Outcome::HostFault(what.to_owned())))
    }
}
