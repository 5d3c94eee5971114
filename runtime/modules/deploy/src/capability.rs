//! What guests may call: the payloads of this module's events, `evroute:deploy/types`.

use evroute_bindings::evroute::deploy::types::{
    Host, HostActivatedEvent, HostBreakerOpenEvent, HostRolledBackEvent,
};
use evroute_bindings::{handle, import};
use evroute_event::Event;
use evroute_module_api::{Capability, run_view};
use evroute_tenant::Revision;
use wasmtime::component::Resource;

use crate::events::{DeployActivated, DeployBreakerOpen, DeployRolledBack};

/// What this module implements of `evroute:deploy`.
pub(crate) const ROWS: &[Capability] =
    &[Capability::of::<import::DeployTypes, DeployView<'static>>()];

run_view!(DeployView);

type Activated = Resource<handle::ActivatedEvent>;
type RolledBack = Resource<handle::RolledBackEvent>;
type BreakerOpen = Resource<handle::BreakerOpenEvent>;

impl DeployView<'_> {
    /// Reads a text of the event and charges the run for it.
    fn text<E: Event>(&mut self, get: impl FnOnce(&E) -> &str) -> wasmtime::Result<String> {
        let text = get(self.0.payload::<E>()?).to_owned();
        self.0.charge(text.len())?;
        Ok(text)
    }

    /// Reads a number of the event and charges the run for it.
    fn number<E: Event, N>(&mut self, get: impl FnOnce(&E) -> N) -> wasmtime::Result<N> {
        self.0.charge(0)?;
        Ok(get(self.0.payload::<E>()?))
    }
}

impl Host for DeployView<'_> {}

impl HostActivatedEvent for DeployView<'_> {
    fn handler(&mut self, _: Activated) -> wasmtime::Result<String> {
        self.text(|event: &DeployActivated| &event.handler)
    }

    fn revision(&mut self, _: Activated) -> wasmtime::Result<u32> {
        self.number(|event: &DeployActivated| event.revision.number())
    }

    fn previous(&mut self, _: Activated) -> wasmtime::Result<Option<u32>> {
        self.number(|event: &DeployActivated| event.previous.map(Revision::number))
    }

    fn who(&mut self, _: Activated) -> wasmtime::Result<String> {
        self.text(|event: &DeployActivated| &event.who)
    }

    fn why(&mut self, _: Activated) -> wasmtime::Result<String> {
        self.text(|event: &DeployActivated| &event.why)
    }

    fn drop(&mut self, _: Activated) -> wasmtime::Result<()> {
        Ok(())
    }
}

impl HostRolledBackEvent for DeployView<'_> {
    fn handler(&mut self, _: RolledBack) -> wasmtime::Result<String> {
        self.text(|event: &DeployRolledBack| &event.handler)
    }

    fn revision(&mut self, _: RolledBack) -> wasmtime::Result<u32> {
        self.number(|event: &DeployRolledBack| event.revision.number())
    }

    fn taken_back(&mut self, _: RolledBack) -> wasmtime::Result<Option<u32>> {
        self.number(|event: &DeployRolledBack| event.taken_back.map(Revision::number))
    }

    fn who(&mut self, _: RolledBack) -> wasmtime::Result<String> {
        self.text(|event: &DeployRolledBack| &event.who)
    }

    fn why(&mut self, _: RolledBack) -> wasmtime::Result<String> {
        self.text(|event: &DeployRolledBack| &event.why)
    }

    fn drop(&mut self, _: RolledBack) -> wasmtime::Result<()> {
        Ok(())
    }
}

impl HostBreakerOpenEvent for DeployView<'_> {
    fn handler(&mut self, _: BreakerOpen) -> wasmtime::Result<String> {
        self.text(|event: &DeployBreakerOpen| &event.handler)
    }

    fn revision(&mut self, _: BreakerOpen) -> wasmtime::Result<u32> {
        self.number(|event: &DeployBreakerOpen| event.revision.number())
    }

    fn reason(&mut self, _: BreakerOpen) -> wasmtime::Result<String> {
        self.text(|event: &DeployBreakerOpen| &event.reason)
    }

    fn runs(&mut self, _: BreakerOpen) -> wasmtime::Result<u64> {
        self.number(|event: &DeployBreakerOpen| event.runs)
    }

    fn failures(&mut self, _: BreakerOpen) -> wasmtime::Result<u64> {
        self.number(|event: &DeployBreakerOpen| event.failures)
    }

    fn openings(&mut self, _: BreakerOpen) -> wasmtime::Result<u64> {
        self.number(|event: &DeployBreakerOpen| event.openings)
    }

    fn drop(&mut self, _: BreakerOpen) -> wasmtime::Result<()> {
        Ok(())
    }
}
