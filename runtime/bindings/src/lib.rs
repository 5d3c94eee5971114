//! The host's side of `wit/`, generated.
//!
//! Nothing here is written by hand but what the generated code implements: [`GuestImport`] for what
//! handlers may import, [`GuestExport`] for events. `build.rs` lists the calls that may wait. A
//! resource is an empty type of [`handle`]. Its handle carries one number, and what that means is
//! decided by the module that implements the resource (`evroute-module-api` describes how).

#![allow(
    missing_docs,
    unreachable_pub,
    reason = "generated from wit/, where every item is documented"
)]

use wasmtime::component::{ComponentType, HasData, Lift};

include!(concat!(env!("OUT_DIR"), "/component.rs"));

/// An interface that handlers import, one of [`import`]. `T` is what a store holds, `D` how a
/// module sees it.
pub trait GuestImport<T: 'static, D: HasData> {
    /// Its full name, `evroute:log/log@0.1.0`.
    const INTERFACE: &'static str;
    /// Whether one of its calls may wait: handlers that import it are components in the lane that
    /// waits.
    const WAITS: bool;

    /// Adds it to a linker of components.
    ///
    /// # Errors
    /// The linker has it already.
    fn link(
        linker: &mut wasmtime::component::Linker<T>,
        get: fn(&mut T) -> D::Data<'_>,
    ) -> wasmtime::Result<()>;

    /// Adds it to a linker of core modules.
    ///
    /// # Errors
    /// The linker has it already, or [`Import::WAITS`].
    fn link_core(
        linker: &mut wasmtime::Linker<T>,
        get: fn(&mut T) -> D::Data<'_>,
    ) -> wasmtime::Result<()> {
        let _ = (linker, get);
        Err(wasmtime::Error::msg("a core module cannot wait"))
    }
}

/// An event, as handlers export it, one of [`export`].
pub trait GuestExport: 'static {
    /// What it hands over, one of [`handle`].
    type Handle: 'static;
    /// What a handler decides; `()` where the WIT says `result<_, string>`.
    type Verdict: ComponentType + Lift + evroute_abi::Lift + Send + Sync + 'static;
    /// The interface, `evroute:tm/local-request@0.1.0`. Its one function is `handle`.
    const INTERFACE: &'static str;
}

/// What [`Import::link_core`] links: see `evroute-abi`.
pub mod core_linker {
    include!(concat!(env!("OUT_DIR"), "/core_linker.rs"));
}
