//! A run, as this module sees it.

use evroute_module_api::{HostTrap, RunState};
use wasmtime::component::HasData;

/// A run, as this module sees it.
pub(crate) struct WasiView<'a>(pub(crate) &'a mut RunState);

impl HasData for WasiView<'static> {
    type Data<'a> = WasiView<'a>;
}

impl WasiView<'_> {
    /// When the event happened, in microseconds since 1970: the only time there is. A component
    /// that is started to be looked over has no event and finds itself in 1970.
    pub(crate) fn time_us(&self) -> u64 {
        self.0.subject().map_or(0, |subject| subject.time_us)
    }
}

/// What answers a call on a resource that this module never gave away. Wasmtime refuses forged
/// handles before that.
pub(crate) fn never_given() -> wasmtime::Error {
    HostTrap::host_fault("a guest holds a handle that was never given")
}

/// Methods of a resource that no guest has.
macro_rules! unreachable_methods {
    ($($name:ident($($argument:ty),*) -> $answer:ty;)*) => {
        $(fn $name(&mut self, $(_: $argument),*) -> wasmtime::Result<$answer> {
            Err($crate::view::never_given())
        })*
    };
}
pub(crate) use unreachable_methods;
