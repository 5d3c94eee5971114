//! One run.

use std::any::Any;
use std::future::poll_fn;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::pin;
use std::sync::Arc;
use std::task::Poll;
use std::time::Duration;

use evroute_event::{AnyVerdict, Cause, LimitKind, Outcome, Payload, Subject};
use evroute_module_api::{EventBinding, GuestResult, HostTrap, RunState, Seed};
use evroute_tap::Tap;
use evroute_tenant::Meter;
use wasmtime::{Store, UpdateDeadline};

use crate::backend::Backend;
use crate::core_backend::{CoreBackend, PooledInstance};
use crate::own_time::OwnTime;
use crate::settle::Settling;
use crate::{Export, Handler, RunnerAtWork, Stack};

/// What a run cost.
#[derive(Clone, Copy, Debug, Default)]
pub struct Used {
    /// Fuel burnt.
    pub fuel: u64,
    /// The run's memories at their largest, all together, in bytes.
    pub memory_bytes: u64,
    /// What host calls counted.
    pub meter: Meter,
}

/// A run that is over.
pub struct Run {
    /// The event: with the run's edits if it returned, as it was otherwise.
    pub payload: Box<dyn Payload>,
    /// The verdict, if the run returned one. Where the outcome is not `Returned` it came with
    /// effects that could not be committed, or after too many lines of the log: then only a
    /// verdict that decides something counts.
    pub verdict: Option<AnyVerdict>,
    /// What became of it.
    pub outcome: Outcome,
    /// Where it was, if it was cut short.
    pub stack: Stack,
    /// What it cost.
    pub used: Used,
    /// What its randomness was made from, if it asked for some: with the event, all that it takes
    /// to repeat it.
    pub seed: Option<Seed>,
    /// What saw or answered its host calls, given back.
    pub tap: Option<Box<dyn Tap>>,
}

/// What a run begins with that is to be seen, or repeated.
#[derive(Default)]
pub struct Tapping {
    /// What sees or answers its host calls.
    pub tap: Option<Box<dyn Tap>>,
    /// What its randomness is made from; none draws a new one.
    pub seed: Option<Seed>,
    /// Told while a run in a cell waits for its runner.
    pub at_work: Option<Arc<RunnerAtWork>>,
}

impl Tapping {
    pub(crate) fn begin(self, state: &mut RunState) {
        state.tap = self.tap;
        state.seed = self.seed;
    }
}

impl Handler {
    /// Runs an event in the synchronous lane: on this thread, to its end.
    #[must_use]
    pub fn run(
        &self,
        export: Export,
        binding: &dyn EventBinding,
        cause: Cause,
        payload: Box<dyn Payload>,
    ) -> Run {
        self.run_tapped(export, binding, cause, payload, Tapping::default())
    }

    /// The same, seen or answered by a tap.
    #[allow(
        clippy::too_many_arguments,
        reason = "those of a run, and how it is tapped"
    )]
    #[must_use]
    pub fn run_tapped(
        &self,
        export: Export,
        binding: &dyn EventBinding,
        cause: Cause,
        payload: Box<dyn Payload>,
        tapping: Tapping,
    ) -> Run {
        match &self.backend {
            Backend::CoreModule(core) => {
                let _alive = self.sandbox.clock.begin();
                self.run_core_module(core, (export, binding), cause, payload, tapping)
            }
            Backend::Component { .. } | Backend::Cell(_) => {
                self.run_watched(export, binding, cause, payload, tapping, |_, _| ())
            }
        }
    }

    #[allow(
        clippy::too_many_arguments,
        reason = "those of a run, and how it is tapped"
    )]
    fn run_core_module(
        &self,
        core: &CoreBackend,
        (export, binding): (Export, &dyn EventBinding),
        cause: Cause,
        payload: Box<dyn Payload>,
        tapping: Tapping,
    ) -> Run {
        let before = payload.subject().clone();
        let mut pooled = match core.ready(self, binding.name(), cause, payload) {
            Ok(pooled) => pooled,
            Err((mut store, error)) => return self.finish(&mut store, Err(error), before),
        };
        tapping.begin(pooled.store.data_mut());
        let guested = catch_unwind(AssertUnwindSafe(|| pooled.call(self, export, binding)));
        let guested = guested.unwrap_or_else(host_panicked);
        self.finish_pooled(core, pooled, guested, before)
    }

    /// The same from a fresh instance, whose store is looked at before the run is settled, together
    /// with what the guest has answered: what an instrumented component has counted is read there,
    /// and what was in memory when the run was cut short.
    #[allow(
        clippy::too_many_arguments,
        reason = "those of a run, and who looks at it"
    )]
    #[must_use]
    pub fn run_watched(
        &self,
        export: Export,
        binding: &dyn EventBinding,
        cause: Cause,
        payload: Box<dyn Payload>,
        tapping: Tapping,
        watch: impl FnOnce(&mut Store<RunState>, &GuestResult),
    ) -> Run {
        let _alive = self.sandbox.clock.begin();
        match &self.backend {
            // Its memory is not here.
            Backend::Cell(cell) => self.run_cell_sync(cell, binding, cause, payload, tapping),
            Backend::Component { .. } | Backend::CoreModule(_) => {
                self.run_component((export, binding), cause, payload, tapping, watch)
            }
        }
    }

    #[allow(
        clippy::too_many_arguments,
        reason = "those of a run, and who looks at it"
    )]
    fn run_component(
        &self,
        (export, binding): (Export, &dyn EventBinding),
        cause: Cause,
        payload: Box<dyn Payload>,
        tapping: Tapping,
        watch: impl FnOnce(&mut Store<RunState>, &GuestResult),
    ) -> Run {
        let before = payload.subject().clone();
        let mut store = self.component_store(binding, cause, payload, tapping);
        let guested = catch_unwind(AssertUnwindSafe(|| {
            let instance = self.component.pre.instantiate(&mut store)?;
            binding.call(&mut store, &instance, export.function)
        }));
        let guested = guested.unwrap_or_else(host_panicked);
        watch(&mut store, &guested);
        self.finish(&mut store, guested, before)
    }

    /// The store of a run that begins from a fresh instance.
    fn component_store(
        &self,
        binding: &dyn EventBinding,
        cause: Cause,
        payload: Box<dyn Payload>,
        tapping: Tapping,
    ) -> Store<RunState> {
        let handler_context = Arc::clone(&self.handler_context);
        let mut state = RunState::new(handler_context, binding.name(), cause, Some(payload));
        tapping.begin(&mut state);
        self.store(state)
    }

    /// Runs an event in the async lane: on a stack of its own, which waits without holding a
    /// worker.
    pub async fn run_async(
        &self,
        export: Export,
        binding: &dyn EventBinding,
        cause: Cause,
        payload: Box<dyn Payload>,
    ) -> Run {
        let tapping = Tapping::default();
        self.run_async_tapped(export, binding, cause, payload, tapping)
            .await
    }

    /// The same, seen or answered by a tap.
    #[allow(
        clippy::too_many_arguments,
        reason = "those of a run, and how it is tapped"
    )]
    pub async fn run_async_tapped(
        &self,
        export: Export,
        binding: &dyn EventBinding,
        cause: Cause,
        payload: Box<dyn Payload>,
        tapping: Tapping,
    ) -> Run {
        self.run_async_watched(export, binding, cause, payload, tapping, |_, _| ())
            .await
    }

    /// The same, whose store is looked at before the run is settled.
    #[allow(
        clippy::too_many_arguments,
        reason = "those of a run, and who looks at it"
    )]
    pub async fn run_async_watched(
        &self,
        export: Export,
        binding: &dyn EventBinding,
        cause: Cause,
        payload: Box<dyn Payload>,
        tapping: Tapping,
        watch: impl FnOnce(&mut Store<RunState>, &GuestResult),
    ) -> Run {
        let _alive = self.sandbox.clock.begin();
        if let Backend::Cell(cell) = &self.backend {
            return self.run_cell(cell, binding, cause, payload, tapping).await;
        }
        let before = payload.subject().clone();
        let mut store = self.component_store(binding, cause, payload, tapping);
        let own = Arc::new(OwnTime::new());
        self.yield_on_deadline(&mut store, &own);
        let guested = unwinding(&own, async {
            let instance = self.component.pre.instantiate_async(&mut store).await?;
            binding
                .call_async(&mut store, &instance, export.function)
                .await
        })
        .await;
        let guested = guested.unwrap_or_else(host_panicked);
        watch(&mut store, &guested);
        self.finish(&mut store, guested, before)
    }

    /// In the async lane, every tick lets other tasks of the worker run, and only the time at work
    /// is the guest's.
    fn yield_on_deadline(&self, store: &mut Store<RunState>, own: &Arc<OwnTime>) {
        let own = Arc::clone(own);
        let deadline = self.handler_context.limits.run_deadline();
        store.set_epoch_deadline(1);
        let mut waited = Duration::ZERO;
        store.epoch_deadline_callback(move |mut context| {
            waited = waited.saturating_add(context.data_mut().take_waited());
            if own.spent() > deadline.saturating_add(waited) {
                return Ok(UpdateDeadline::Interrupt);
            }
            Ok(UpdateDeadline::YieldCustom(
                1,
                Box::pin(tokio::task::yield_now()),
            ))
        });
    }

    /// The same for a run whose instance may serve again.
    fn finish_pooled(
        &self,
        core_backend: &CoreBackend,
        mut pooled: Box<PooledInstance>,
        guested: GuestResult,
        before: Subject,
    ) -> Run {
        let has_returned = guested.is_ok();
        let run = self.finish(&mut pooled.store, guested, before);
        if has_returned && !matches!(run.outcome, Outcome::HostFault(_)) {
            core_backend.keep(self, pooled);
        }
        run
    }

    fn finish(&self, store: &mut Store<RunState>, guested: GuestResult, before: Subject) -> Run {
        let stack = guested.as_ref().err().map(|error| self.stack(error));
        Settling {
            fuel: self.burnt(store),
            memory_bytes: store.data().memory_bytes(),
            stack: stack.unwrap_or_default(),
            before,
        }
        .finish(store.data_mut(), guested)
    }
}

/// What a panic leaves behind is a store that is dropped with the run, and a log line of the
/// panic's own.
pub(crate) type Panic = Box<dyn Any + Send>;

pub(crate) fn host_panicked(_: Panic) -> GuestResult {
    Err(HostTrap::host_fault("a host call panicked"))
}

/// [`catch_unwind`] for a future, which is dropped when it panics; its time is measured.
pub(crate) async fn unwinding<T>(
    own: &OwnTime,
    future: impl Future<Output = T>,
) -> Result<T, Panic> {
    let mut future = pin!(future);
    poll_fn(|context| {
        let poll = AssertUnwindSafe(|| future.as_mut().poll(context));
        let polled = own.measure(|| catch_unwind(poll));
        match polled {
            Ok(poll) => poll.map(Ok),
            Err(panic) => Poll::Ready(Err(panic)),
        }
    })
    .await
}

impl Run {
    /// A run that was not admitted: nothing ran.
    #[must_use]
    pub fn refused(payload: Box<dyn Payload>, quota: LimitKind) -> Self {
        Self {
            payload,
            verdict: None,
            outcome: Outcome::QuotaExceeded(quota),
            stack: Stack::default(),
            used: Used::default(),
            seed: None,
            tap: None,
        }
    }
}
