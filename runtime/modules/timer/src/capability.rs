//! What guests may call: the payload of this module's event, `evroute:timer/types`.

use evroute_bindings::core_linker;
use evroute_bindings::evroute::timer::types::{Host, HostTimerEvent, add_to_linker};
use evroute_bindings::handle;
use evroute_module_api::{Capability, Lane, RunState};
use wasmtime::component::{HasData, Resource};

use crate::events::Timer;

/// This module's interface.
pub(crate) const ROWS: &[Capability] = &[Capability {
    interface: "evroute:timer/types@0.1.0",
    grant: None,
    lane: Lane::Sync,
    link: |linker| add_to_linker::<_, TimerView<'static>>(linker, |run| TimerView(run)),
    link_core: Some(|linker| {
        core_linker::timer_types::<_, TimerView<'static>>(linker, |run| TimerView(run))
    }),
}];

/// A run, as this module sees it.
struct TimerView<'a>(&'a mut RunState);

impl HasData for TimerView<'static> {
    type Data<'a> = TimerView<'a>;
}

impl Host for TimerView<'_> {}

impl HostTimerEvent for TimerView<'_> {
    fn name(&mut self, _: Resource<handle::TimerEvent>) -> wasmtime::Result<String> {
        let name = self.0.payload::<Timer>()?.name.clone();
        self.0.charge(name.len())?;
        Ok(name)
    }

    fn missed(&mut self, _: Resource<handle::TimerEvent>) -> wasmtime::Result<u32> {
        self.0.charge(0)?;
        Ok(self.0.payload::<Timer>()?.missed)
    }

    fn drop(&mut self, _: Resource<handle::TimerEvent>) -> wasmtime::Result<()> {
        Ok(())
    }
}
