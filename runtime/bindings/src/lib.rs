//! The host's side of `wit/`, generated.
//!
//! Nothing here is written by hand but what the generated code implements: [`GuestImport`] for what
//! handlers may import, [`GuestExport`] for events. `build.rs` lists the calls that may wait. A
//! resource is an empty type of [`handle`]. Its handle carries one number, and what that means is
//! decided by the module that implements the resource (`evroute-module-api` describes how).

#![allow(
    missing_docs,
    unreachable_pub,
    clippy::let_unit_value,
    clippy::match_single_binding,
    clippy::redundant_closure,
    reason = "generated from wit/, where every item is documented"
)]

use std::marker::PhantomData;

use wasmtime::component::{ComponentType, HasData, Lift};

include!(concat!(env!("OUT_DIR"), "/component.rs"));

include!(concat!(env!("OUT_DIR"), "/taps.rs"));

/// How a module sees what a store holds: what it implements the WIT's interfaces for.
pub trait View<T: 'static>: HasData {
    /// The store's data, seen so.
    fn of(data: &mut T) -> Self::Data<'_>;
}

/// A run whose calls pass its tap before they reach the module whose view `D` is.
pub struct Tapped<'a, T, D> {
    run: &'a mut T,
    view: PhantomData<fn() -> D>,
}

/// [`Tapped`], as what Wasmtime asks for.
pub struct TappedView<T, D>(PhantomData<fn() -> (T, D)>);

impl<T: 'static, D: 'static> HasData for TappedView<T, D> {
    type Data<'a> = Tapped<'a, T, D>;
}

/// A run, tapped.
fn tapped<T, D>(run: &mut T) -> Tapped<'_, T, D> {
    let view = PhantomData;
    Tapped { run, view }
}

/// An interface that handlers import, one of [`import`]. `T` is what a store holds, `D` how a
/// module sees it.
pub trait GuestImport<T: 'static, D: View<T>> {
    /// Its full name, `evroute:log/log@0.1.0`.
    const INTERFACE: &'static str;
    /// Whether one of its calls may wait: handlers that import it are components in the lane that
    /// waits.
    const WAITS: bool;

    /// Adds it to a linker of components.
    ///
    /// # Errors
    /// The linker has it already.
    fn link(linker: &mut wasmtime::component::Linker<T>) -> wasmtime::Result<()>;

    /// Adds it to a linker of core modules.
    ///
    /// # Errors
    /// The linker has it already, or [`GuestImport::WAITS`].
    fn link_core(linker: &mut wasmtime::Linker<T>) -> wasmtime::Result<()> {
        let _ = linker;
        Err(wasmtime::Error::msg("a core module cannot wait"))
    }

    /// Carries out a call for somebody else, by the run's tap like any other: the function by its
    /// name (`[method]table.get`, `[resource-drop]table`), handles by the numbers that the module
    /// gave. Where the function cannot wait, the future is ready when it is first polled. It fails
    /// as the function does, and where there is no such function or an argument is of another type.
    fn call<'a>(
        run: &'a mut T,
        function: &'a str,
        arguments: Vec<evroute_tap::WitValue>,
    ) -> evroute_tap::CallFuture<'a>;
}

/// An event, as handlers export it, one of [`export`].
pub trait GuestExport: 'static {
    /// What it hands over, one of [`handle`].
    type Handle: 'static;
    /// What a handler decides; `()` where the WIT says `result<_, string>`.
    type Verdict: ComponentType
        + Lift
        + evroute_abi::Lift
        + evroute_tap::Wit
        + Send
        + Sync
        + 'static;
    /// The interface, `evroute:tm/local-request@0.1.0`. Its one function is `handle`.
    const INTERFACE: &'static str;
}

/// What [`Import::link_core`] links: see `evroute-abi`.
pub mod core_linker {
    include!(concat!(env!("OUT_DIR"), "/core_linker.rs"));
}
