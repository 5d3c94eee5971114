//! Parts of a run on their own, for measuring what each costs.

use std::sync::Arc;

use evroute_event::{Cause, EventName, Payload};
use evroute_module_api::{EventBinding, GuestAnswer, RunState};

use crate::{Export, Handler};

impl Handler {
    /// Makes a sandbox and drops it without calling it.
    ///
    /// # Errors
    /// What Wasmtime says.
    pub fn instantiate_only(&self) -> wasmtime::Result<()> {
        let _alive = self.sandbox.clock.begin();
        let name = EventName::new("none");
        let cause = Cause::outside(self.handler_context.tenant.index);
        let mut store = self.store(RunState::new(
            Arc::clone(&self.handler_context),
            name,
            cause,
            None,
        ));
        self.component.pre.instantiate(&mut store).map(drop)
    }

    /// Makes a sandbox, calls it `times` times and drops it. The calls see what the ones before
    /// them have left, and verdicts are thrown away: no event is handled like this.
    ///
    /// # Errors
    /// What ended a call other than its verdict; all calls together have the budget of one run.
    pub fn call_repeatedly(
        &self,
        export: Export,
        binding: &dyn EventBinding,
        payload: Box<dyn Payload>,
        times: u32,
    ) -> wasmtime::Result<()> {
        let _alive = self.sandbox.clock.begin();
        let cause = Cause::outside(self.handler_context.tenant.index);
        let state = RunState::new(
            Arc::clone(&self.handler_context),
            binding.name(),
            cause,
            Some(payload),
        );
        let mut store = self.store(state);
        let instance = self.component.pre.instantiate(&mut store)?;
        for _ in 0..times {
            // What it answered is not judged here.
            let _: GuestAnswer = binding.call(&mut store, &instance, export.function)?;
        }
        Ok(())
    }
}
