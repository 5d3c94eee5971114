//! What guests may call: the payload of this module's event, `evroute:timer/types`.

use evroute_bindings::evroute::timer::types::{Host, HostTimerEvent};
use evroute_bindings::{handle, import};
use evroute_module_api::{Capability, run_view};
use wasmtime::component::Resource;

use crate::events::TimerFired;

/// What this module implements.
pub(crate) const ROWS: &[Capability] =
    &[Capability::of::<import::TimerTypes, TimerView<'static>>()];

run_view!(TimerView);

impl Host for TimerView<'_> {}

impl HostTimerEvent for TimerView<'_> {
    fn name(&mut self, _: Resource<handle::TimerEvent>) -> wasmtime::Result<String> {
        let name = self.0.payload::<TimerFired>()?.name.clone();
        self.0.charge(name.len())?;
        Ok(name)
    }

    fn missed(&mut self, _: Resource<handle::TimerEvent>) -> wasmtime::Result<u32> {
        self.0.charge(0)?;
        Ok(self.0.payload::<TimerFired>()?.missed)
    }

    fn drop(&mut self, _: Resource<handle::TimerEvent>) -> wasmtime::Result<()> {
        Ok(())
    }
}
