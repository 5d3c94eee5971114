//! What guests may call: the payload of this module's event, `evroute:usrloc/types`.

use evroute_bindings::evroute::usrloc::types::{Host, HostContactExpiredEvent};
use evroute_bindings::{handle, import};
use evroute_module_api::{Capability, run_view};
use wasmtime::component::Resource;

use crate::Binding;
use crate::events::ContactExpired;

/// What this module implements.
pub(crate) const ROWS: &[Capability] =
    &[Capability::of::<import::UsrlocTypes, UsrlocView<'static>>()];

run_view!(UsrlocView);

type Handle = Resource<handle::ContactExpiredEvent>;

impl UsrlocView<'_> {
    /// Reads something of the contact and charges the run for it.
    fn text(&mut self, get: impl FnOnce(&Binding) -> String) -> wasmtime::Result<String> {
        let text = get(&self.0.payload::<ContactExpired>()?.binding);
        self.0.charge(text.len())?;
        Ok(text)
    }
}

impl Host for UsrlocView<'_> {}

impl HostContactExpiredEvent for UsrlocView<'_> {
    fn aor(&mut self, _: Handle) -> wasmtime::Result<String> {
        self.text(|binding| binding.aor.as_str().to_owned())
    }

    fn contact(&mut self, _: Handle) -> wasmtime::Result<String> {
        self.text(|binding| binding.uri.clone())
    }

    fn received(&mut self, _: Handle) -> wasmtime::Result<String> {
        self.text(|binding| format!("{}:{}", binding.received.proto, binding.received.remote))
    }

    fn user_agent(&mut self, _: Handle) -> wasmtime::Result<Option<Vec<u8>>> {
        let agent = self
            .0
            .payload::<ContactExpired>()?
            .binding
            .user_agent
            .clone();
        self.0
            .charge(agent.as_ref().map_or(0, |agent| agent.len()))?;
        Ok(agent.map(|agent| agent.to_vec()))
    }

    fn call_id(&mut self, _: Handle) -> wasmtime::Result<String> {
        self.text(|binding| binding.call_id.clone())
    }

    fn expired_at(&mut self, _: Handle) -> wasmtime::Result<u64> {
        self.0.charge(0)?;
        Ok(self
            .0
            .payload::<ContactExpired>()?
            .binding
            .expires_at
            .seconds())
    }

    fn drop(&mut self, _: Handle) -> wasmtime::Result<()> {
        Ok(())
    }
}
