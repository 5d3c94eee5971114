//! An instance that is made once and reset after each run.

use std::sync::Arc;

use evroute_abi::{Answering, Guest};
use evroute_event::{Cause, EventName, Payload};
use evroute_module_api::{EventBinding, GuestResult, HostTrap, RunState};
use wasmtime::{Global, Instance, Memory, Store, Table, Val};

use super::image::Image;
use super::instance_pool::Permit;
use super::plan::Lifted;
use super::{CoreBackend, InitialState, NotEligible};
use crate::{Export, Handler};

/// The largest memory that is reset, in bytes. Writing it anew is paid for by every run; above this
/// a fresh instance, whose pages are only written where they are touched, is no dearer.
pub(super) const MEMORY_BYTES_MAX: usize = 64 << 10;

/// An instance of a handler's two modules.
pub(crate) struct PooledInstance {
    pub(crate) store: Store<RunState>,
    pub(super) memory: Memory,
    globals: Vec<Global>,
    /// In debug builds.
    #[cfg_attr(
        not(debug_assertions),
        expect(dead_code, reason = "debug builds look at them")
    )]
    pub(super) tables: Vec<Table>,
    answering: Vec<Answering>,
    /// How large the memory was when it was made.
    memory_bytes: u64,
    /// What making it has burnt: every run pays for it, whether its instance is new or not.
    start_fuel: u64,
    pub(super) permit: Option<Permit>,
}

/// The parts of an instance, before a store and they belong together.
struct Parts {
    memory: Memory,
    globals: Vec<Global>,
    tables: Vec<Table>,
    answering: Vec<Answering>,
}

impl CoreBackend {
    /// Makes an instance in a store that has the run's state and budget.
    ///
    /// # Errors
    /// The store, and what Wasmtime says.
    pub(crate) fn start(
        &self,
        handler: &Handler,
        mut store: Store<RunState>,
    ) -> Result<Box<PooledInstance>, (Store<RunState>, wasmtime::Error)> {
        match self.instantiate(handler, &mut store) {
            Ok(parts) => Ok(Box::new(PooledInstance {
                memory_bytes: parts.memory.data_size(&store) as u64,
                start_fuel: handler.burnt(&store),
                store,
                memory: parts.memory,
                globals: parts.globals,
                tables: parts.tables,
                answering: parts.answering,
                permit: None,
            })),
            Err(error) => Err((store, error)),
        }
    }

    fn instantiate(
        &self,
        handler: &Handler,
        store: &mut Store<RunState>,
    ) -> wasmtime::Result<Parts> {
        let missing = || wasmtime::Error::msg("a core module lacks what its component relies on");
        let split_modules = &self.linked.split_modules;
        let owner = Instance::new(&mut *store, &split_modules.memory, &[])?;
        let mut imports = Vec::with_capacity(split_modules.code.imports().len());
        for import in split_modules.code.imports() {
            let found = if import.module() == split_modules.memory_import {
                owner.get_export(&mut *store, import.name())
            } else {
                self.linked.linker.get_by_import(&mut *store, &import)
            };
            imports.push(found.ok_or_else(missing)?);
        }
        let code = Instance::new(&mut *store, &split_modules.code, &imports)?;
        let memory = owner.get_memory(&mut *store, &split_modules.memory_name);
        let memory = memory.ok_or_else(missing)?;
        let realloc = match &split_modules.realloc {
            Some(name) => Some(owner.get_typed_func(&mut *store, name)?),
            None => None,
        };
        let mut globals = Vec::new();
        for (instance, names) in [
            (owner, &split_modules.memory_globals),
            (code, &split_modules.code_globals),
        ] {
            for name in names {
                let global = instance.get_global(&mut *store, name);
                globals.push(global.ok_or_else(missing)?);
            }
        }
        let tables = split_modules.code_tables.iter();
        let tables = tables
            .map(|name| code.get_table(&mut *store, name).ok_or_else(missing))
            .collect::<wasmtime::Result<_>>()?;
        let answering = self.linked.answering.iter();
        let answering = answering
            .map(|lifted| answering_in(store, code, lifted))
            .collect::<wasmtime::Result<_>>()?;
        let limits = &handler.handler_context().limits;
        let size = |limit: u64| usize::try_from(limit).unwrap_or(usize::MAX);
        let guest = Guest::new(
            memory,
            realloc,
            size(limits.run_hostcall_bytes_max),
            size(limits.run_handles_max),
        );
        store.data_mut().enter(guest);
        Ok(Parts {
            memory,
            globals,
            tables,
            answering,
        })
    }

    /// Notes what a new instance is, which is what every later one will be reset to. Before the
    /// modules are shared.
    pub(crate) fn learn(&mut self, pooled: &mut PooledInstance) -> Result<(), NotEligible> {
        let memory = pooled.memory.data(&pooled.store);
        if memory.len() > MEMORY_BYTES_MAX {
            return Err(NotEligible("its memory is large"));
        }
        let first = InitialState {
            memory: Image::of(memory),
            globals: pooled.globals_now(),
        };
        let linked = Arc::get_mut(&mut self.linked);
        linked
            .ok_or(NotEligible("its modules are shared already"))?
            .first = first;
        Ok(())
    }
}

fn answering_in(
    store: &mut Store<RunState>,
    code: Instance,
    lifted: &Lifted,
) -> wasmtime::Result<Answering> {
    let post_return = match &lifted.post_return {
        Some(name) => Some(code.get_typed_func(&mut *store, name)?),
        None => None,
    };
    Ok(Answering {
        function: code.get_typed_func(&mut *store, &lifted.function)?,
        post_return,
    })
}

impl PooledInstance {
    /// Begins another run in it.
    pub(super) fn begin(
        &mut self,
        handler: &Handler,
        event: EventName,
        cause: Cause,
        payload: Box<dyn Payload>,
    ) {
        let data = self.store.data_mut();
        data.begin_again(event, cause, payload, self.memory_bytes);
        handler.fill(&mut self.store, self.start_fuel);
    }

    /// Calls the guest for one of the handler's exports.
    pub(crate) fn call(
        &mut self,
        handler: &Handler,
        export: Export,
        binding: &dyn EventBinding,
    ) -> GuestResult {
        let mut exports = handler.exports().iter();
        let position = exports.position(|known| known.event == export.event);
        let answering = position.and_then(|position| self.answering.get(position));
        let answering =
            answering.ok_or_else(|| HostTrap::host_fault("it does not handle this event"))?;
        binding.call_core(&mut self.store, answering)
    }

    pub(super) fn globals_now(&mut self) -> Box<[Val]> {
        let store = &mut self.store;
        let globals = self.globals.iter().map(|global| global.get(&mut *store));
        globals.collect()
    }

    /// Resets all that a run can have changed. False when that cannot be done.
    pub(super) fn restore(&mut self, first: &InitialState) -> bool {
        let memory = self.memory.data_mut(&mut self.store);
        if !first.memory.reset(memory) {
            return false;
        }
        let mut globals = self.globals.iter().zip(&first.globals);
        globals.all(|(global, value)| global.set(&mut self.store, *value).is_ok())
    }
}
