//! What guests may call: the payloads of this module's events, `evroute:uac/types`.

use evroute_bindings::evroute::uac::types::{Host, HostFailedEvent, HostRegisteredEvent};
use evroute_bindings::{handle, import};
use evroute_module_api::{Capability, run_view};
use wasmtime::component::Resource;

use crate::events::{UacFailed, UacRegistered};

/// What this module implements of `evroute:uac`.
pub(crate) const ROWS: &[Capability] = &[Capability::of::<import::UacTypes, UacView<'static>>()];

run_view!(UacView);

type Registered = Resource<handle::RegisteredEvent>;
type Failed = Resource<handle::FailedEvent>;

impl UacView<'_> {
    fn of_registered(&mut self, of: fn(&UacRegistered) -> &str) -> wasmtime::Result<String> {
        let text = of(self.0.payload::<UacRegistered>()?).to_owned();
        self.0.charge(text.len())?;
        Ok(text)
    }

    fn of_failed(&mut self, of: fn(&UacFailed) -> &str) -> wasmtime::Result<String> {
        let text = of(self.0.payload::<UacFailed>()?).to_owned();
        self.0.charge(text.len())?;
        Ok(text)
    }

    fn number_of_failed(&mut self, of: fn(&UacFailed) -> u32) -> wasmtime::Result<u32> {
        self.0.charge(0)?;
        Ok(of(self.0.payload::<UacFailed>()?))
    }
}

impl Host for UacView<'_> {}

impl HostRegisteredEvent for UacView<'_> {
    fn trunk(&mut self, _: Registered) -> wasmtime::Result<String> {
        self.of_registered(|event| &event.trunk)
    }

    fn registrar(&mut self, _: Registered) -> wasmtime::Result<String> {
        self.of_registered(|event| &event.registrar)
    }

    fn user(&mut self, _: Registered) -> wasmtime::Result<String> {
        self.of_registered(|event| &event.user)
    }

    fn expires(&mut self, _: Registered) -> wasmtime::Result<u32> {
        self.0.charge(0)?;
        Ok(self.0.payload::<UacRegistered>()?.expires)
    }

    fn drop(&mut self, _: Registered) -> wasmtime::Result<()> {
        Ok(())
    }
}

impl HostFailedEvent for UacView<'_> {
    fn trunk(&mut self, _: Failed) -> wasmtime::Result<String> {
        self.of_failed(|event| &event.trunk)
    }

    fn registrar(&mut self, _: Failed) -> wasmtime::Result<String> {
        self.of_failed(|event| &event.registrar)
    }

    fn user(&mut self, _: Failed) -> wasmtime::Result<String> {
        self.of_failed(|event| &event.user)
    }

    fn code(&mut self, _: Failed) -> wasmtime::Result<u16> {
        self.0.charge(0)?;
        Ok(self.0.payload::<UacFailed>()?.status)
    }

    fn reason(&mut self, _: Failed) -> wasmtime::Result<String> {
        self.of_failed(|event| &event.reason)
    }

    fn failures(&mut self, _: Failed) -> wasmtime::Result<u32> {
        self.number_of_failed(|event| event.failures)
    }

    fn retry_seconds(&mut self, _: Failed) -> wasmtime::Result<u32> {
        self.number_of_failed(|event| event.retry_seconds)
    }

    fn drop(&mut self, _: Failed) -> wasmtime::Result<()> {
        Ok(())
    }
}
