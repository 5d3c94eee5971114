//! What guests may call: the payload of this module's event, `evroute:usrloc/types`.

use evroute_bindings::core_linker;
use evroute_bindings::evroute::usrloc::types::{Host, HostContactExpiredEvent, add_to_linker};
use evroute_bindings::handle;
use evroute_module_api::{Capability, Lane, RunState};
use wasmtime::component::{HasData, Resource};

use crate::Binding;
use crate::events::ContactExpired;

/// This module's interface.
pub(crate) const ROWS: &[Capability] = &[Capability {
    interface: "evroute:usrloc/types@0.1.0",
    grant: None,
    lane: Lane::Sync,
    link: |linker| add_to_linker::<_, UsrlocView<'static>>(linker, |run| UsrlocView(run)),
    link_core: Some(|linker| {
        core_linker::usrloc_types::<_, UsrlocView<'static>>(linker, |run| UsrlocView(run))
    }),
}];

/// A run, as this module sees it.
struct UsrlocView<'a>(&'a mut RunState);

impl HasData for UsrlocView<'static> {
    type Data<'a> = UsrlocView<'a>;
}

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
