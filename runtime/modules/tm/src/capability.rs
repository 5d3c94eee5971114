//! What guests may call: the payloads of this module's events, `evroute:tm/types`.

use evroute_bindings::core_linker;
use evroute_bindings::evroute::tm::types::{
    Host, HostLocalRequestEvent, HostLocalResponseEvent, add_to_linker,
};
use evroute_bindings::handle;
use evroute_module_api::{Capability, Lane, RunState};
use wasmtime::component::{HasData, Resource};

use crate::events::{LocalRequest, LocalResponse};

/// This module's interface.
pub(crate) const ROWS: &[Capability] = &[Capability {
    interface: "evroute:tm/types@0.1.0",
    grant: None,
    lane: Lane::Sync,
    link: |linker| add_to_linker::<_, TmView<'static>>(linker, |run| TmView(run)),
    link_core: Some(|linker| {
        core_linker::tm_types::<_, TmView<'static>>(linker, |run| TmView(run))
    }),
}];

/// A run, as this module sees it.
struct TmView<'a>(&'a mut RunState);

impl HasData for TmView<'static> {
    type Data<'a> = TmView<'a>;
}

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
