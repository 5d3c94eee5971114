//! A handler, ready to run.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

use evroute_event::{Cause, EventIndex, EventName};
use evroute_module_api::{Capability, HandlerContext, Lane, RunState, track};
use tracing::debug;
use wasmtime::Store;
use wasmtime::component::{Component, InstancePre, Linker};

use crate::backend::Backend;
use crate::core_backend::{CoreBackend, NotEligible, SplitModules};
use crate::probe::PROBE_SEED;
use crate::refusal::{import_hint, not_started, wrong_imports};
use crate::shape::Shape;
use crate::sources::Sources;
use crate::{ComponentRefusal, Declared, Export, Sandbox, Stack};

/// What a component imports.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Import {
    /// The interface, `evroute:log/log@0.1.0`.
    pub interface: String,
    /// The word that grants it; none where no grant is needed.
    pub grant: Option<&'static str>,
}

/// What was read of a component's bytes, beside what Wasmtime compiled.
struct Read {
    split_modules: Result<Arc<SplitModules>, NotEligible>,
    sources: Arc<Sources>,
    declared: Arc<Declared>,
}

/// One revision of a handler: compiled, linked to what it was granted, probed.
pub struct Handler {
    pub(crate) sandbox: Arc<Sandbox>,
    pub(crate) pre: InstancePre<RunState>,
    pub(crate) handler_context: Arc<HandlerContext>,
    imports: Vec<Import>,
    exports: Vec<Export>,
    lane: Lane,
    pub(crate) backend: Backend,
    sources: Arc<Sources>,
    declared: Arc<Declared>,
}

impl std::fmt::Debug for Handler {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Handler")
            .field("facts", &self.handler_context)
            .field("lane", &self.lane)
            .finish_non_exhaustive()
    }
}

impl Handler {
    /// Compiles, links and probes a component.
    ///
    /// # Errors
    /// A [`ComponentRefusal`] that says what to change.
    pub fn prepare(
        sandbox: &Arc<Sandbox>,
        component: &[u8],
        handler_context: Arc<HandlerContext>,
    ) -> Result<Self, ComponentRefusal> {
        let compiled = sandbox.compile(component)?;
        // Read only what Wasmtime found to be valid.
        let split_modules = if sandbox.core_module_backend {
            SplitModules::read(&sandbox.engine, component).map(Arc::new)
        } else {
            Err(NotEligible("core modules are turned off"))
        };
        let read = Read {
            split_modules,
            sources: Arc::new(Sources::read(component)),
            declared: Arc::new(Declared::read(component)),
        };
        Self::link(sandbox, &compiled, read, handler_context)
    }

    /// The same component in another context: linked and probed, but not compiled again.
    ///
    /// # Errors
    /// As [`Handler::prepare`].
    pub fn with_context(
        &self,
        handler_context: Arc<HandlerContext>,
    ) -> Result<Self, ComponentRefusal> {
        let read = Read {
            split_modules: self.backend.modules(),
            sources: Arc::clone(&self.sources),
            declared: Arc::clone(&self.declared),
        };
        Self::link(&self.sandbox, self.pre.component(), read, handler_context)
    }

    fn link(
        sandbox: &Arc<Sandbox>,
        component: &Component,
        read: Read,
        handler_context: Arc<HandlerContext>,
    ) -> Result<Self, ComponentRefusal> {
        let asked = sandbox.asked_capabilities(component)?;
        let capabilities: Vec<_> = asked.iter().map(|(_, capability)| *capability).collect();
        let mut linker = Linker::new(&sandbox.engine);
        let mut lane = Lane::Sync;
        let mut imports = Vec::with_capacity(asked.len());
        for (import, capability) in asked {
            if let Some(grant) = capability
                .grant
                .filter(|grant| !handler_context.grants.may(grant, None))
            {
                return Err(ComponentRefusal::NotGranted { import, grant });
            }
            lane = lane.max(capability.lane);
            (capability.link)(&mut linker).map_err(not_started)?;
            imports.push(Import {
                interface: import,
                grant: capability.grant,
            });
        }
        let pre = linker
            .instantiate_pre(component)
            .map_err(|error| wrong_imports(&error))?;
        let exports = sandbox.event_exports(component)?;
        let mut handler = Self {
            sandbox: Arc::clone(sandbox),
            pre,
            handler_context,
            imports,
            exports,
            lane,
            backend: Backend::Component {
                because: NotEligible("it was not tried yet"),
            },
            sources: read.sources,
            declared: read.declared,
        };
        handler.probe()?;
        let core = read
            .split_modules
            .and_then(|split_modules| handler.link_core(&split_modules, &capabilities));
        handler.backend = Backend::of(core);
        if let Some(reason) = handler.fresh_because() {
            debug!(
                tenant = %handler.handler_context.tenant.id,
                handler = %handler.handler_context.handler,
                "every run starts from a fresh instance: {reason}"
            );
        }
        Ok(handler)
    }

    /// Links the two modules of the component, starts them once as they will be for each run, and
    /// keeps that instance.
    fn link_core(
        &self,
        split_modules: &Arc<SplitModules>,
        asked: &[&Capability],
    ) -> Result<CoreBackend, NotEligible> {
        let bindings = self.exports.iter();
        let events: Option<Vec<_>> = bindings
            .map(|export| self.sandbox.bindings.get(export.event.position()))
            .map(|binding| binding.map(|binding| binding.interface()))
            .collect();
        let events = events.ok_or(NotEligible("it handles an event that is not known"))?;
        let (engine, pool_limit) = (&self.sandbox.engine, &self.sandbox.pool_limit);
        let mut core_backend =
            CoreBackend::link(engine, pool_limit, split_modules, asked, &events)?;
        let cause = Cause::outside(self.handler_context.tenant.index);
        let handler_context = Arc::clone(&self.handler_context);
        let mut state = RunState::new(handler_context, EventName::new("probe"), cause, None);
        state.seed = Some(PROBE_SEED);
        let store = self.store(state);
        let started = core_backend.start(self, store);
        let mut pooled =
            started.map_err(|_| NotEligible("its modules do not start by themselves"))?;
        core_backend.learn(&mut pooled)?;
        core_backend.keep(self, pooled);
        Ok(core_backend)
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
        let modules = self.backend.modules().ok();
        let code = modules.as_ref().map(|modules| modules.code());
        Stack::of(error, &self.sources, code)
    }

    /// What it imports.
    #[must_use]
    pub fn imports(&self) -> &[Import] {
        &self.imports
    }

    /// The events it handles.
    #[must_use]
    pub fn exports(&self) -> &[Export] {
        &self.exports
    }

    /// What it says that its code uses.
    #[must_use]
    pub fn declared(&self) -> &Declared {
        &self.declared
    }

    /// The lane its runs take.
    #[must_use]
    pub fn lane(&self) -> Lane {
        self.lane
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
        self.fill(&mut store, 0);
        store.set_hostcall_fuel(
            usize::try_from(limits.run_hostcall_bytes_max).unwrap_or(usize::MAX),
        );
        store.set_max_component_handles(
            usize::try_from(limits.run_handles_max).unwrap_or(usize::MAX),
        );
        store
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

impl Sandbox {
    fn compile(&self, component: &[u8]) -> Result<Component, ComponentRefusal> {
        if !component.starts_with(b"\0asm") {
            return Err(ComponentRefusal::NotAComponent(
                "it does not begin as WebAssembly does".to_owned(),
            ));
        }
        let shape = Shape::measure(component, &self.component_limits)?;
        debug!("what is compiled: {shape:?}");
        // A component is a stranger's, and whoever compiles it must not fall over its oddities.
        let compiled = catch_unwind(AssertUnwindSafe(|| Component::new(&self.engine, component)));
        compiled
            .map_err(|_| ComponentRefusal::NotAComponent("compiling it panicked".to_owned()))?
            .map_err(|error| ComponentRefusal::NotAComponent(format!("{error:#}")))
    }

    /// The capabilities behind a component's imports.
    fn asked_capabilities(
        &self,
        component: &Component,
    ) -> Result<Vec<(String, &Capability)>, ComponentRefusal> {
        component
            .component_type()
            .imports(&self.engine)
            .map(|(import, _)| {
                let found = self.capabilities.iter().find(|c| c.offers(import));
                found
                    .map(|capability| (import.to_owned(), capability))
                    .ok_or_else(|| ComponentRefusal::UnknownImport {
                        import: import.to_owned(),
                        hint: import_hint(import).to_owned(),
                    })
            })
            .collect()
    }

    /// The events behind a component's exports.
    fn event_exports(&self, component: &Component) -> Result<Vec<Export>, ComponentRefusal> {
        let known = || {
            self.bindings
                .iter()
                .map(|binding| binding.interface())
                .collect::<Vec<_>>()
                .join(", ")
        };
        self.check_versions(component)?;
        let mut exports = Vec::new();
        for (position, binding) in self.bindings.iter().enumerate() {
            let Some(event) = EventIndex::new(position) else {
                continue;
            };
            let Some(interface) = component.get_export_index(None, binding.interface()) else {
                continue;
            };
            let Some(function) = component.get_export_index(Some(&interface), "handle") else {
                return Err(ComponentRefusal::WrongType {
                    export: binding.interface().to_owned(),
                    reason: "it has no function \"handle\"".to_owned(),
                });
            };
            exports.push(Export { event, function });
        }
        let is_known = |name: &str| {
            let mut bindings = self.bindings.iter();
            bindings.any(|binding| track(binding.interface()) == track(name))
        };
        for (name, _) in component.component_type().exports(&self.engine) {
            if name.starts_with("evroute:") && !is_known(name) {
                return Err(ComponentRefusal::UnknownExport {
                    export: name.to_owned(),
                    known: known(),
                });
            }
        }
        if exports.is_empty() {
            return Err(ComponentRefusal::NoEvents { known: known() });
        }
        Ok(exports)
    }
}

impl Sandbox {
    /// Of two exports that stand for each other only one would be called.
    fn check_versions(&self, component: &Component) -> Result<(), ComponentRefusal> {
        let component = component.component_type();
        let own = component.exports(&self.engine).map(|(name, _)| name);
        let mut names: Vec<&str> = own.filter(|name| name.starts_with("evroute:")).collect();
        names.sort_by_key(|name| track(name));
        let mut pairs = names.iter().zip(names.iter().skip(1));
        match pairs.find(|(first, second)| track(first) == track(second)) {
            None => Ok(()),
            Some((first, second)) => Err(ComponentRefusal::TwoVersions {
                first: (*first).to_owned(),
                second: (*second).to_owned(),
            }),
        }
    }
}
