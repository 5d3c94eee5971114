//! What guests may call: the payloads of this module's events, `evroute:core/types`.

use evroute_bindings::evroute::core::types::{
    Host, HostPreRoutingEvent, HostReceiveParseErrorEvent, HostReplyEvent, HostRequestEvent,
    HostSourceBlockedEvent,
};
use evroute_bindings::{handle, import};
use evroute_module_api::{Capability, run_view};
use wasmtime::component::Resource;

use crate::events::{PreRouting, ReceiveParseError, Reply, Request, SourceBlocked};

/// What this module implements.
pub(crate) const ROWS: &[Capability] = &[Capability::of::<import::CoreTypes, CoreView<'static>>()];

run_view!(CoreView);

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

impl HostSourceBlockedEvent for CoreView<'_> {
    fn address(&mut self, _: Resource<handle::SourceBlockedEvent>) -> wasmtime::Result<String> {
        let address = self.0.payload::<SourceBlocked>()?.address.clone();
        self.0.charge(address.len())?;
        Ok(address)
    }

    fn user(
        &mut self,
        _: Resource<handle::SourceBlockedEvent>,
    ) -> wasmtime::Result<Option<String>> {
        let user = self.0.payload::<SourceBlocked>()?.user.clone();
        self.0.charge(user.as_ref().map_or(0, String::len))?;
        Ok(user)
    }

    fn seconds(&mut self, _: Resource<handle::SourceBlockedEvent>) -> wasmtime::Result<u32> {
        self.0.charge(0)?;
        Ok(self.0.payload::<SourceBlocked>()?.seconds)
    }

    fn drop(&mut self, _: Resource<handle::SourceBlockedEvent>) -> wasmtime::Result<()> {
        Ok(())
    }
}
