//! Trying a handler before it is taken.

use std::pin::pin;
use std::sync::Arc;
use std::task::{Context, Poll, Waker};

use evroute_event::{Cause, EventName};
use evroute_module_api::{Lane, RunState, Seed};
use wasmtime::Store;
use wasmtime::component::Instance;

use crate::refusal::{not_begun, wrong_type};
use crate::{ComponentRefusal, Handler};

/// The randomness of a start that is only a trial. It is the same in each, so that a component is
/// either taken or refused by whoever tries it, the server and `evroute check` alike. What it draws
/// in its runs decides about those alone.
pub(crate) const PROBE_SEED: Seed = *b"evroute: a trial of a component.";

impl Handler {
    /// Starts the component once, within its limits, to see that it starts and that its exports are
    /// what the server calls; this also warms its pages. No event is raised.
    pub(crate) fn probe(&self) -> Result<(), ComponentRefusal> {
        let _alive = self.sandbox.clock.begin();
        let (mut store, instance) = self.start()?;
        for export in self.exports() {
            let Some(binding) = self.sandbox.bindings().get(export.event.position()) else {
                continue;
            };
            binding
                .probe(&mut store, &instance, export.function)
                .map_err(|error| wrong_type(binding.interface(), &error))?;
        }
        Ok(())
    }

    fn start(&self) -> Result<(Store<RunState>, Instance), ComponentRefusal> {
        let first = self.sandbox.bindings().first();
        let name = first.map_or(EventName::new("probe"), |binding| binding.name());
        let cause = Cause::outside(self.handler_context().tenant.index);
        let mut state = RunState::new(Arc::clone(self.handler_context()), name, cause, None);
        state.seed = Some(PROBE_SEED);
        let mut store = self.store(state);
        let started = match self.lane() {
            Lane::Sync => self.component.pre.instantiate(&mut store),
            // Nothing waits while a component starts, unless its start function calls a capability.
            Lane::Async => poll_to_end(self.component.pre.instantiate_async(&mut store))
                .ok_or_else(|| {
                    ComponentRefusal::StartBroke("its start function waits for I/O".to_owned())
                })?,
        };
        let instance = started.map_err(|error| not_begun(&error, store.data()))?;
        Ok((store, instance))
    }
}

/// Polls a future that has no reason to wait; none when it waits all the same.
pub(crate) fn poll_to_end<F: Future>(future: F) -> Option<F::Output> {
    let mut context = Context::from_waker(Waker::noop());
    match pin!(future).as_mut().poll(&mut context) {
        Poll::Ready(output) => Some(output),
        Poll::Pending => None,
    }
}
