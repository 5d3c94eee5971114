//! What guests may call: the payloads of this module's events, `evroute:core/types`.

use evroute_bindings::core_linker;
use evroute_bindings::evroute::core::types::{
    Host, HostPreRoutingEvent, HostReceiveParseErrorEvent, HostReplyEvent, HostRequestEvent,
    add_to_linker,
};
use evroute_bindings::handle;
use evroute_module_api::{Capability, Lane, RunState};
use wasmtime::component::{HasData, Resource};

use crate::events::{PreRouting, ReceiveParseError, Reply, Request};

/// This module's interface.
pub(crate) const ROWS: &[Capability] = &[Capability {
    interface: "evroute:core/types@0.1.0",
    grant: None,
    lane: Lane::Sync,
    link: |linker| add_to_linker::<_, CoreView<'static>>(linker, |run| CoreView(run)),
    link_core: Some(|linker| {
        core_linker::core_types::<_, CoreView<'static>>(linker, |run| CoreView(run))
    }),
}];

/// A run, as this module sees it.
struct CoreView<'a>(&'a mut RunState);

impl HasData for CoreView<'static> {
    type Data<'a> = CoreView<'a>;
}

impl CoreView<'_> {
    /// The handle of the run's message, if the run is about an event of type `E`.
    fn message_of<E: 'static>(&mut self) -> wasmtime::Result<Resource<handle::Message>> {
        self.0.charge(0)?;
        self.0.payload::<E>()?;
        Ok(Resource::new_own(0))
    }
}

impl Host for CoreView<'_> {}

impl HostPreRoutingEvent for CoreView<'_> {
    fn message(
        &mut self,
        _: Resource<handle::PreRoutingEvent>,
    ) -> wasmtime::Result<Resource<handle::Message>> {
        self.message_of::<PreRouting>()
    }

    fn drop(&mut self, _: Resource<handle::PreRoutingEvent>) -> wasmtime::Result<()> {
        Ok(())
    }
}

impl HostRequestEvent for CoreView<'_> {
    fn message(
        &mut self,
        _: Resource<handle::RequestEvent>,
    ) -> wasmtime::Result<Resource<handle::Message>> {
        self.message_of::<Request>()
    }

    fn drop(&mut self, _: Resource<handle::RequestEvent>) -> wasmtime::Result<()> {
        Ok(())
    }
}

impl HostReplyEvent for CoreView<'_> {
    fn message(
        &mut self,
        _: Resource<handle::ReplyEvent>,
    ) -> wasmtime::Result<Resource<handle::Message>> {
        self.message_of::<Reply>()
    }

    fn can_drop(&mut self, _: Resource<handle::ReplyEvent>) -> wasmtime::Result<bool> {
        self.0.charge(0)?;
        Ok(self.0.payload::<Reply>()?.can_drop)
    }

    fn drop(&mut self, _: Resource<handle::ReplyEvent>) -> wasmtime::Result<()> {
        Ok(())
    }
}

impl HostReceiveParseErrorEvent for CoreView<'_> {
    fn reason(&mut self, _: Resource<handle::ReceiveParseErrorEvent>) -> wasmtime::Result<String> {
        let reason = self.0.payload::<ReceiveParseError>()?.reason.clone();
        self.0.charge(reason.len())?;
        Ok(reason)
    }

    fn raw(
        &mut self,
        _: Resource<handle::ReceiveParseErrorEvent>,
        limit: u32,
    ) -> wasmtime::Result<Vec<u8>> {
        let raw = &self.0.payload::<ReceiveParseError>()?.raw;
        let limit = usize::try_from(limit).unwrap_or(usize::MAX).min(raw.len());
        let bytes = raw.slice(..limit).to_vec();
        self.0.charge(bytes.len())?;
        Ok(bytes)
    }

    fn length(&mut self, _: Resource<handle::ReceiveParseErrorEvent>) -> wasmtime::Result<u32> {
        self.0.charge(0)?;
        let raw = &self.0.payload::<ReceiveParseError>()?.raw;
        Ok(u32::try_from(raw.len()).unwrap_or(u32::MAX))
    }

    fn drop(&mut self, _: Resource<handle::ReceiveParseErrorEvent>) -> wasmtime::Result<()> {
        Ok(())
    }
}
