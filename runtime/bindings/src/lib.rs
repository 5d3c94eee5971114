//! The host's side of `wit/`, generated.
//!
//! Nothing here is written by hand; `build.rs` lists the calls that may wait. A resource is an empty type of [`handle`]. Its
//! handle carries one number, and what that means is decided by the module that implements the resource
//! (`evroute-module-api` describes how).

#![allow(
    missing_docs,
    unreachable_pub,
    reason = "generated from wit/, where every item is documented"
)]

include!(concat!(env!("OUT_DIR"), "/component.rs"));

/// The same calls for guests that run as core modules: see `evroute-abi`.
pub mod core_linker {
    include!(concat!(env!("OUT_DIR"), "/core_linker.rs"));
}
