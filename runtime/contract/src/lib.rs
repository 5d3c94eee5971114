//! The contract with handlers as tables, printed from `wit/` when this crate is built.
//!
//! Whoever needs to know which events and functions there are reads it here, so that an interface
//! that is added to `wit/` is known everywhere without a list being edited. Handles and the calls
//! themselves are `evroute-bindings`.

mod event;
mod function;
mod package;

pub use event::ContractEvent;
pub use function::{CoreType, Function};
pub use package::Package;

include!(concat!(env!("OUT_DIR"), "/tables.rs"));

#[cfg(test)]
mod tests;
