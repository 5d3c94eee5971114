//! What guests may call: the payloads of this module's events, `evroute:tm/types`.

use evroute_bindings::evroute::tm::types::{Host, HostLocalRequestEvent, HostLocalResponseEvent};
use evroute_bindings::{handle, import};
use evroute_module_api::{Capability, run_view};
use wasmtime::component::Resource;

use crate::events::{LocalRequest, LocalResponse};

/// What this module implements.
pub(crate) const ROWS: &[Capability] = &[Capability::of::<import::TmTypes, TmView<'static>>()];

run_view!(TmView);

impl Host for TmView<'_> {}

impl HostLocalRequestEvent for TmView<'_> {
    fn message(
        &mut self,
        _: Resource<handle::LocalRequestEvent>,
    ) -> wasmtime::Result<Resource<handle::Message>> {
        self.0.charge(0)?;
        self.0.payload::<LocalRequest>()?;
        Ok(Resource::new_own(0))
    }

    fn drop(&mut self, _: Resource<handle::LocalRequestEvent>) -> wasmtime::Result<()> {
        Ok(())
    }
}

impl HostLocalResponseEvent for TmView<'_> {
    fn message(
        &mut self,
        _: Resource<handle::LocalResponseEvent>,
    ) -> wasmtime::Result<Resource<handle::Message>> {
        self.0.charge(0)?;
        self.0.payload::<LocalResponse>()?;
        Ok(Resource::new_own(0))
    }

    fn drop(&mut self, _: Resource<handle::LocalResponseEvent>) -> wasmtime::Result<()> {
        Ok(())
    }
}
