//! A handler, ready to run.

use std::sync::Arc;

use evroute_aot::WasmDigest;
use evroute_event::{Cause, EventName};
use evroute_module_api::{HandlerContext, Lane, RunState};
use tracing::debug;
use wasmtime::component::types::ComponentItem;
use wasmtime::{Store, UpdateDeadline};

use crate::backend::Backend;
use crate::cell::CellBackend;
use crate::core_backend::{CoreBackend, LinkedModules, NotEligible};
use crate::probe::PROBE_SEED;
use crate::shared_component::SharedComponent;
use crate::{CellName, ComponentRefusal, Declared, Export, Sandbox, Stack};

/// What a component imports.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Import {
    /// The interface, `evroute:log/log@0.1.0`.
    pub interface: String,
    /// The word that grants it; none where no grant is needed.
    pub grant: Option<&'static str>,
}

/// One revision of a handler: compiled, linked to what it was granted, probed.
pub struct Handler {
    pub(crate) sandbox: Arc<Sandbox>,
    pub(crate) component: Arc<SharedComponent>,
    pub(crate) handler_context: Arc<HandlerContext>,
    pub(crate) backend: Backend,
}

impl std::fmt::Debug for Handler {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Handler")
            .field("facts", &self.handler_context)
            .field("lane", &self.lane())
            .finish_non_exhaustive()
    }
}

impl Handler {
    /// Compiles, links and probes a component. What was compiled before, for another handler or by
    /// an earlier process that kept it, is not compiled again.
    ///
    /// # Errors
    /// A [`ComponentRefusal`] that says what to change.
    pub fn prepare(
        sandbox: &Arc<Sandbox>,
        component: &[u8],
        handler_context: Arc<HandlerContext>,
    ) -> Result<Self, ComponentRefusal> {
        Self::of(
            sandbox,
            sandbox.component(component)?,
            handler_context,
            None,
        )
    }

    /// The same component in another context: probed, but not compiled again.
    ///
    /// # Errors
    /// As [`Handler::prepare`].
    pub fn with_context(
        &self,
        handler_context: Arc<HandlerContext>,
    ) -> Result<Self, ComponentRefusal> {
        let component = Arc::clone(&self.component);
        Self::of(
            &self.sandbox,
            component,
            handler_context,
            Some(&self.backend),
        )
    }

    fn of(
        sandbox: &Arc<Sandbox>,
        component: Arc<SharedComponent>,
        handler_context: Arc<HandlerContext>,
        before: Option<&Backend>,
    ) -> Result<Self, ComponentRefusal> {
        for Import { interface, grant } in &component.imports {
            if let Some(grant) = grant.filter(|grant| !handler_context.grants.may(grant, None)) {
                return Err(ComponentRefusal::NotGranted {
                    import: interface.clone(),
                    grant,
                });
            }
        }
        let mut handler = Self {
            sandbox: Arc::clone(sandbox),
            component,
            handler_context,
            backend: Backend::Component {
                because: NotEligible("it was not tried yet"),
            },
        };
        let limits = handler.handler_context.limits;
        if let Some(cell) = handler.handler_context.tenant.get::<CellName>() {
            // Not even a trial of it runs here.
            let again = match before {
                Some(Backend::Cell(before)) => before.again(cell, &limits),
                Some(Backend::Component { .. } | Backend::CoreModule(_)) | None => None,
            };
            handler.backend = Backend::Cell(match again {
                Some(cell) => cell,
                None => {
                    let (cells, component) = (sandbox.cells.as_ref(), &handler.component);
                    let cell = CellBackend::of(cells, cell, component, limits)?;
                    cell.probe()?;
                    cell
                }
            });
            return Ok(handler);
        }
        if !handler.component.is_probed(&limits) {
            handler.probe()?;
            handler.component.probed(limits);
        }
        handler.backend = Backend::of(handler.link_core());
        if let Some(reason) = handler.fresh_because() {
            debug!(
                tenant = %handler.handler_context.tenant.id,
                handler = %handler.handler_context.handler,
                "every run starts from a fresh instance: {reason}"
            );
        }
        Ok(handler)
    }

    /// Its two modules, linked: another handler's, or linked for it, and started once as they will
    /// be for each run; that instance is kept.
    fn link_core(&self) -> Result<CoreBackend, NotEligible> {
        let split_modules = self.component.split_modules.as_ref();
        let split_modules = split_modules.map_err(|because| *because)?;
        let pool_limit = &self.sandbox.pool_limit;
        if pool_limit.is_none() {
            return Err(NotEligible("no instance is pooled"));
        }
        if let Some(linked) = self.component.linked() {
            return Ok(CoreBackend::of(linked, pool_limit));
        }
        let bindings = self.exports().iter();
        let events: Option<Vec<_>> = bindings
            .map(|export| self.sandbox.bindings.get(export.event.position()))
            .map(|binding| binding.map(|binding| binding.interface()))
            .collect();
        let events = events.ok_or(NotEligible("it handles an event that is not known"))?;
        let asked = &self.component.capabilities;
        let linked = LinkedModules::link(&self.sandbox.engine, split_modules, asked, &events)?;
        let mut core_backend = CoreBackend::of(Arc::new(linked), pool_limit);
        let cause = Cause::outside(self.handler_context.tenant.index);
        let handler_context = Arc::clone(&self.handler_context);
        let mut state = RunState::new(handler_context, EventName::new("probe"), cause, None);
        state.seed = Some(PROBE_SEED);
        let store = self.store(state);
        let started = core_backend.start(self, store);
        let mut pooled =
            started.map_err(|_| NotEligible("its modules do not start by themselves"))?;
        core_backend.learn(&mut pooled)?;
        self.component.learnt(core_backend.linked());
        core_backend.keep(self, pooled);
        Ok(core_backend)
    }

    /// Whether its runs are in another process, which is at work while a run waits for it.
    #[must_use]
    pub fn runs_in_cell(&self) -> bool {
        matches!(self.backend, Backend::Cell(_))
    }

    /// Whether a run begins at once. Of a handler in a cell none does as long as a process has to
    /// be started for it, or to load it.
    #[must_use]
    pub fn begins_at_once(&self) -> bool {
        match &self.backend {
            Backend::Cell(cell) => cell.is_ready(),
            Backend::Component { .. } | Backend::CoreModule(_) => true,
        }
    }

    /// Whether its instances are reset after a run and pooled for the next.
    #[must_use]
    pub fn pools_instances(&self) -> bool {
        self.fresh_because().is_none()
    }

    /// Why every run starts from a fresh instance; none when used ones are reset and pooled.
    #[must_use]
    pub fn fresh_because(&self) -> Option<&'static str> {
        self.backend.fresh_because()
    }

    /// Where a run was that ended with this error.
    pub(crate) fn stack(&self, error: &wasmtime::Error) -> Stack {
        let code = self.backend.modules().map(|modules| modules.code());
        Stack::of(error, &self.component.sources, code)
    }

    /// Which component it is of.
    #[must_use]
    pub fn digest(&self) -> WasmDigest {
        self.component.digest
    }

    /// What it imports.
    #[must_use]
    pub fn imports(&self) -> &[Import] {
        &self.component.imports
    }

    /// The functions that it imports from an interface, one of [`Handler::imports`], as the
    /// component names them: `[method]table.get`.
    #[must_use]
    pub fn imported_functions(&self, interface: &str) -> Vec<String> {
        let engine = &self.sandbox.engine;
        let component = self.component.pre.component().component_type();
        let mut imports = component.imports(engine);
        let Some((_, import)) = imports.find(|(name, _)| *name == interface) else {
            return Vec::new();
        };
        let ComponentItem::ComponentInstance(instance) = import.ty else {
            return Vec::new();
        };
        let functions = instance.exports(engine).filter_map(|(name, export)| {
            matches!(export.ty, ComponentItem::ComponentFunc(_)).then(|| name.to_owned())
        });
        functions.collect()
    }

    /// The events it handles.
    #[must_use]
    pub fn exports(&self) -> &[Export] {
        &self.component.exports
    }

    /// What it says that its code uses.
    #[must_use]
    pub fn declared(&self) -> &Declared {
        &self.component.declared
    }

    /// The lane its runs take.
    #[must_use]
    pub fn lane(&self) -> Lane {
        self.component.lane
    }

    /// Its names, grants and limits.
    #[must_use]
    pub fn handler_context(&self) -> &Arc<HandlerContext> {
        &self.handler_context
    }

    /// A fresh store with the handler's budget.
    pub(crate) fn store(&self, state: RunState) -> Store<RunState> {
        let limits = &self.handler_context.limits;
        let mut store = Store::new(&self.sandbox.engine, state);
        store.limiter(|state| state);
        if self.sandbox.runs_for_another {
            self.extend_by_waits(&mut store);
        }
        self.fill(&mut store, 0);
        store.set_hostcall_fuel(
            usize::try_from(limits.run_hostcall_bytes_max).unwrap_or(usize::MAX),
        );
        store.set_max_component_handles(
            usize::try_from(limits.run_handles_max).unwrap_or(usize::MAX),
        );
        store
    }

    /// At the deadline, a run goes on for as long as it has waited for another process.
    fn extend_by_waits(&self, store: &mut Store<RunState>) {
        let tick = self.sandbox.tick;
        store.epoch_deadline_callback(move |mut context| {
            Ok(match context.data_mut().take_waited_ticks(tick) {
                0 => UpdateDeadline::Interrupt,
                ticks => UpdateDeadline::Continue(ticks),
            })
        });
    }

    /// What a run has burnt so far.
    pub(crate) fn burnt(&self, store: &Store<RunState>) -> u64 {
        let budget = self.handler_context.limits.run_fuel_max;
        budget.saturating_sub(store.get_fuel().unwrap_or_default())
    }

    /// Gives a store what one run may burn, less what is burnt already, and how long it may take.
    pub(crate) fn fill(&self, store: &mut Store<RunState>, burnt: u64) {
        let limits = &self.handler_context.limits;
        // Fails only in an engine without fuel; the run would then end at once as OutOfFuel.
        let fuelled = store.set_fuel(limits.run_fuel_max.saturating_sub(burnt));
        debug_assert!(fuelled.is_ok(), "the engine counts fuel");
        store.set_epoch_deadline(self.sandbox.ticks(limits.run_deadline()));
    }
}
