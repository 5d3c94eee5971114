//! Handlers that run as core modules, in instances that are reset after each run.
//!
//! A component of the direct layout (`evroute-componentize`, ADR 0013) is a module that owns the
//! memory, a module that has the code, and nothing else that runs. Such a handler needs no
//! component layer in a run: the two modules are instantiated as they are, and `evroute-abi`
//! carries values between them and us.
//!
//! All that a run can change in them is then in plain sight: the bytes of one memory, and the
//! globals that may be set. After a run both are reset to what they were right after the instance
//! was made, the handles are forgotten, and the instance is pooled for the next run of the same
//! handler. That the result is equal to a fresh instance is not hoped for but made so (ADR 0016):
//!
//! | what could differ | why it does not |
//! |---|---|
//! | memory contents | overwritten as a whole with the first image |
//! | memory size | a memory that has grown: the instance is dropped |
//! | globals | every one that may be set is exported under a name of ours and set back |
//! | tables | modules with an instruction that changes a table are not run like this |
//! | anything else | instructions are taken from a list, by proposal; one that is not on it is not run like this |
//! | segments | nor are modules with one that drops a segment, or with a start function |
//! | handles | forgotten; they are numbered from the beginning |
//! | fuel, deadline, quotas, effects | belong to the run's state, which is new |
//! | a run cut short | whatever did not end by returning: the instance is dropped |
//!
//! Whatever has another shape runs as a component, from a fresh instance each time.

mod core_module;
#[cfg(debug_assertions)]
mod fresh;
mod image;
mod instance_pool;
mod instructions;
mod nested;
mod plan;
mod pooled_instance;
mod provenance;

use std::sync::Arc;

use evroute_event::{Cause, EventName, Payload};
use evroute_module_api::{Capability, RunState};
use wasmtime::{Engine, Linker, Module, Store, Val};

pub(crate) use self::pooled_instance::PooledInstance;
use crate::Handler;

use self::core_module::CoreModule;
use self::image::Image;
use self::instance_pool::InstancePool;
pub(crate) use self::instance_pool::PoolLimit;
use self::plan::Plan;

/// Why a component is not run as core modules.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct NotEligible(pub(crate) &'static str);

impl From<wasmparser::Error> for NotEligible {
    fn from(_: wasmparser::Error) -> Self {
        Self("it does not parse")
    }
}

/// What is known of a component's two modules before they are compiled.
pub(crate) struct SplitPlan {
    memory: CoreModule,
    code: CoreModule,
    /// What the code calls the instance that owns the memory.
    memory_import: String,
    memory_name: String,
    realloc: Option<String>,
    answering: Vec<plan::Lifted>,
}

impl SplitPlan {
    /// Takes a component apart that Wasmtime has found to be valid as a whole.
    pub(crate) fn read(component: &[u8]) -> Result<Self, NotEligible> {
        let plan = Plan::read(component)?;
        Ok(Self {
            memory: core_module::restorable(plan.memory, core_module::Role::Memory)?,
            code: core_module::restorable(plan.code, core_module::Role::Code)?,
            memory_import: plan.memory_import.to_owned(),
            memory_name: plan.memory_name.to_owned(),
            realloc: plan.realloc.map(str::to_owned),
            answering: plan.lifted,
        })
    }

    /// The memory module and the code module, as they are to be compiled.
    pub(crate) fn modules(self) -> [Vec<u8>; 2] {
        [self.memory.module, self.code.module]
    }
}

/// The two modules of a component, compiled.
pub(crate) struct SplitModules {
    memory: Module,
    code: Module,
    /// What the code calls the instance that owns the memory.
    memory_import: String,
    memory_name: String,
    realloc: Option<String>,
    /// The globals that may be set, of the memory module and of the code module, by the names they
    /// are exported under.
    memory_globals: Vec<String>,
    code_globals: Vec<String>,
    /// The tables of the code, in debug builds.
    code_tables: Vec<String>,
    answering: Vec<plan::Lifted>,
}

impl SplitModules {
    /// What became of the two modules of a plan.
    pub(crate) fn of(plan: SplitPlan, memory: Module, code: Module) -> Self {
        Self {
            memory,
            code,
            memory_import: plan.memory_import,
            memory_name: plan.memory_name,
            realloc: plan.realloc,
            memory_globals: plan.memory.globals,
            code_globals: plan.code.globals,
            code_tables: plan.code.tables,
            answering: plan.answering,
        }
    }
}

impl SplitModules {
    /// The module that has the code.
    pub(crate) fn code(&self) -> &Module {
        &self.code
    }
}

/// A handler's two modules, linked, and its pooled instances.
pub(crate) struct CoreBackend {
    linked: Arc<LinkedModules>,
    pool: Arc<InstancePool>,
}

/// Two modules, linked to what their component asks for. Handlers of equal components share them.
pub(crate) struct LinkedModules {
    split_modules: Arc<SplitModules>,
    linker: Linker<RunState>,
    /// The core functions that the events call, in the order of the handler's exports.
    answering: Vec<plan::Lifted>,
    first: InitialState,
}

/// What an instance is right after it was made.
#[derive(Default)]
struct InitialState {
    memory: Image,
    globals: Box<[Val]>,
}

impl LinkedModules {
    /// Links the modules to the capabilities behind the component's imports, for the events it
    /// exports, named as their interfaces.
    pub(crate) fn link(
        engine: &Engine,
        split_modules: &Arc<SplitModules>,
        asked: &[Capability],
        events: &[&str],
    ) -> Result<Self, NotEligible> {
        let mut linker = Linker::new(engine);
        for capability in asked {
            let link = capability.link_core;
            let link = link.ok_or(NotEligible(
                "it uses an interface that components only have",
            ))?;
            link(&mut linker).map_err(|_| NotEligible("an interface is linked twice"))?;
        }
        let answering = events.iter().map(|event| {
            let lifted = split_modules.answering.iter();
            let mut lifted = lifted.filter(|lifted| lifted.handles(event));
            lifted.next().cloned()
        });
        let answering: Option<Vec<_>> = answering.collect();
        Ok(Self {
            split_modules: Arc::clone(split_modules),
            linker,
            answering: answering.ok_or(NotEligible("its exports have unusual names"))?,
            first: InitialState::default(),
        })
    }
}

impl CoreBackend {
    /// A handler's own pool, for modules that others may use as well.
    pub(crate) fn of(linked: Arc<LinkedModules>, pool_limit: &Arc<PoolLimit>) -> Self {
        Self {
            linked,
            pool: Arc::new(InstancePool::new(Arc::clone(pool_limit))),
        }
    }

    pub(crate) fn linked(&self) -> &Arc<LinkedModules> {
        &self.linked
    }

    pub(crate) fn split_modules(&self) -> &Arc<SplitModules> {
        &self.linked.split_modules
    }

    /// An instance for a run: a pooled one, or a new one.
    ///
    /// # Errors
    /// The store, and why no instance could be made in it.
    pub(crate) fn ready(
        &self,
        handler: &Handler,
        event: EventName,
        cause: Cause,
        payload: Box<dyn Payload>,
    ) -> Result<Box<PooledInstance>, (Store<RunState>, wasmtime::Error)> {
        if let Some(mut pooled) = self.pool.take() {
            pooled.begin(handler, event, cause, payload);
            return Ok(pooled);
        }
        let handler_context = Arc::clone(handler.handler_context());
        let state = RunState::new(handler_context, event, cause, Some(payload));
        self.start(handler, handler.store(state))
    }

    /// Resets an instance and pools it, where there is room and nothing speaks against it.
    pub(crate) fn keep(&self, handler: &Handler, mut pooled: Box<PooledInstance>) {
        if !pooled.restore(&self.linked.first) {
            return;
        }
        #[cfg(debug_assertions)]
        {
            let difference = self.difference(handler, &mut pooled);
            assert!(
                difference.is_none(),
                "{} was not reset: {difference:?}",
                handler.handler_context().handler
            );
        }
        #[cfg(not(debug_assertions))]
        let _ = handler;
        self.pool.keep(pooled);
    }
}
