//! A handler whose runs are in another process.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use evroute_event::{Cause, Outcome, Payload};
use evroute_module_api::{EventBinding, FixedSeed, GuestResult, HostTrap, Lane, RunState};
use tokio::task::spawn_blocking;

use super::conversation::{CellCost, Conversation};
use super::handle_table::HandleTable;
use super::host_function::event_resource;
use super::runner_at_work::RunnerAtWork;
use crate::own_time::OwnTime;
use crate::probe::poll_to_end;
use crate::run::{host_panicked, unwinding};
use crate::settle::Settling;
use crate::shared_component::SharedComponent;
use crate::{
    CellHandler, CellName, CellRun, CellRunStart, Cells, ComponentRefusal, Handler, Run, Stack,
    Tapping,
};

/// A handler whose runs are in another process.
pub(crate) struct CellBackend {
    cells: Arc<dyn Cells>,
    handler: CellHandler,
}

/// Numbers of handlers, none of which is used twice.
static NEXT: AtomicU64 = AtomicU64::new(1);

impl CellBackend {
    /// A handler of a cell, not tried yet.
    pub(crate) fn of(
        cells: Option<&Arc<dyn Cells>>,
        cell: &CellName,
        component: &SharedComponent,
        limits: evroute_tenant::RunLimits,
    ) -> Result<Self, ComponentRefusal> {
        let (Some(cells), Some(kept)) = (cells, &component.kept) else {
            return Err(ComponentRefusal::NoCell(cell.clone()));
        };
        Ok(Self {
            cells: Arc::clone(cells),
            handler: CellHandler {
                number: NEXT.fetch_add(1, Ordering::Relaxed),
                cell: cell.clone(),
                component: Arc::clone(&kept.component),
                code: Arc::clone(&kept.code),
                limits,
            },
        })
    }

    /// The same handler in another context, where nothing that its runners know is different: what
    /// they loaded is that handler.
    pub(crate) fn again(
        &self,
        cell: &CellName,
        limits: &evroute_tenant::RunLimits,
    ) -> Option<Self> {
        let is_same = self.handler.cell == *cell && self.handler.limits == *limits;
        is_same.then(|| Self {
            cells: Arc::clone(&self.cells),
            handler: self.handler.clone(),
        })
    }

    /// Starts the component once, where it will run.
    pub(crate) fn probe(&self) -> Result<(), ComponentRefusal> {
        self.cells.probe(&self.handler)
    }

    /// Whether a run begins without a process that has to start or load first.
    pub(crate) fn is_ready(&self) -> bool {
        self.cells.is_ready(&self.handler)
    }

    /// Begins a run; in the lane that must not keep its worker, a process starts beside it.
    async fn begin(&self, lane: Lane, start: CellRunStart) -> Result<Box<dyn CellRun>, Outcome> {
        if lane == Lane::Sync || self.is_ready() {
            return self.cells.begin(&self.handler, &start);
        }
        let (cells, handler) = (Arc::clone(&self.cells), self.handler.clone());
        let begun = spawn_blocking(move || cells.begin(&handler, &start)).await;
        let cut_short = |_| {
            Err(Outcome::HostFault(
                "a runner's start was cut short".to_owned(),
            ))
        };
        begun.unwrap_or_else(cut_short)
    }
}

impl Handler {
    /// Runs an event in a cell. Only a run in the async lane ever waits.
    #[allow(
        clippy::too_many_arguments,
        reason = "those of a run, and how it is tapped"
    )]
    pub(crate) async fn run_cell(
        &self,
        cell: &CellBackend,
        binding: &dyn EventBinding,
        cause: Cause,
        payload: Box<dyn Payload>,
        tapping: Tapping,
    ) -> Run {
        let before = payload.subject().clone();
        let handler_context = Arc::clone(self.handler_context());
        let mut state = RunState::new(handler_context, binding.name(), cause, Some(payload));
        let at_work = tapping.at_work.clone().unwrap_or_default();
        tapping.begin(&mut state);
        let mut cost = CellCost::default();
        let own = OwnTime::new();
        let run = self.in_cell((cell, &at_work), binding, &mut state, &mut cost);
        let answered = unwinding(&own, run).await;
        let answered = answered.unwrap_or_else(host_panicked);
        Settling {
            fuel: cost.fuel,
            memory_bytes: cost.memory_bytes,
            stack: Stack::of_text(cost.stack),
            before,
        }
        .finish(&mut state, answered)
    }

    /// The same in the synchronous lane.
    #[allow(
        clippy::too_many_arguments,
        reason = "those of a run, and how it is tapped"
    )]
    pub(crate) fn run_cell_sync(
        &self,
        cell: &CellBackend,
        binding: &dyn EventBinding,
        cause: Cause,
        payload: Box<dyn Payload>,
        tapping: Tapping,
    ) -> Run {
        let run = poll_to_end(self.run_cell(cell, binding, cause, payload, tapping));
        #[allow(
            clippy::expect_used,
            reason = "nothing that it awaits waits in this lane: no call does, and the worker is kept"
        )]
        run.expect("a run of the synchronous lane does not wait")
    }

    async fn in_cell(
        &self,
        (cell, at_work): (&CellBackend, &RunnerAtWork),
        binding: &dyn EventBinding,
        state: &mut RunState,
        cost: &mut CellCost,
    ) -> GuestResult {
        let trap = |outcome: Outcome| wasmtime::Error::new(HostTrap(outcome));
        let event = event_resource(binding.interface());
        let event = event.ok_or_else(|| HostTrap::host_fault("the contract has no such event"))?;
        let start = CellRunStart {
            interface: binding.interface().to_owned(),
            time_us: state.subject()?.time_us,
            seed: state.seed.or_else(|| {
                let fixed = state.handler_context.tenant.get::<FixedSeed>();
                fixed.map(|fixed| fixed.0)
            }),
        };
        // Whether it starts or runs, it takes the tenant's time.
        at_work.set(true);
        let begun = cell.begin(self.lane(), start).await;
        at_work.set(false);
        let mut conversation = Conversation {
            run: begun.map_err(trap)?,
            handles: HandleTable::new(event, state.handler_context.limits.run_handles_max),
            capabilities: &self.component.capabilities,
            lane: self.lane(),
            at_work,
        };
        conversation.converse(state, binding, cost).await
    }
}

impl std::fmt::Debug for CellBackend {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("CellBackend")
            .field("cell", &self.handler.cell)
            .finish_non_exhaustive()
    }
}
