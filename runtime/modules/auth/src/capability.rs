//! What guests may call: the payload of this module's event, `evroute:registrar/types`.

use evroute_bindings::evroute::registrar::types::{Host, HostAuthFailedEvent};
use evroute_bindings::{handle, import};
use evroute_module_api::{Capability, run_view};
use wasmtime::component::Resource;

use crate::events::RegistrarAuthFailed;

/// What this module implements of `evroute:registrar`.
pub(crate) const ROWS: &[Capability] = &[Capability::of::<
    import::RegistrarTypes,
    RegistrarView<'static>,
>()];

run_view!(RegistrarView);

type Failed = Resource<handle::AuthFailedEvent>;

impl RegistrarView<'_> {
    fn text(&mut self, of: fn(&RegistrarAuthFailed) -> String) -> wasmtime::Result<String> {
        let text = of(self.0.payload::<RegistrarAuthFailed>()?);
        self.0.charge(text.len())?;
        Ok(text)
    }
}

impl Host for RegistrarView<'_> {}

impl HostAuthFailedEvent for RegistrarView<'_> {
    fn user_name(&mut self, _: Failed) -> wasmtime::Result<String> {
        self.text(|event| event.user_name.clone())
    }

    fn realm(&mut self, _: Failed) -> wasmtime::Result<String> {
        self.text(|event| event.realm.clone())
    }

    fn source(&mut self, _: Failed) -> wasmtime::Result<String> {
        self.text(|event| event.source.to_string())
    }

    fn method(&mut self, _: Failed) -> wasmtime::Result<String> {
        self.text(|event| event.method.clone())
    }

    fn call_id(&mut self, _: Failed) -> wasmtime::Result<String> {
        self.text(|event| event.call_id.clone())
    }

    fn reason(&mut self, _: Failed) -> wasmtime::Result<String> {
        self.text(|event| event.reason.as_str().to_owned())
    }

    fn failures(&mut self, _: Failed) -> wasmtime::Result<u32> {
        self.0.charge(0)?;
        Ok(self.0.payload::<RegistrarAuthFailed>()?.failures)
    }

    fn drop(&mut self, _: Failed) -> wasmtime::Result<()> {
        Ok(())
    }
}
