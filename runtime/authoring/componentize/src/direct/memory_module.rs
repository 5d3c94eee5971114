use std::collections::{BTreeMap, BTreeSet};

use wasm_encoder::reencode::{self, Reencode};
use wasm_encoder::{
    CodeSection, DataSection, ExportKind, ExportSection, FunctionSection, GlobalSection,
    Instruction, MemorySection,
};
use wasmparser::{DataKind, FunctionBody, Operator};

use super::border::{Missing, global_name, memory_type, types, unusual};
use super::guest::Guest;
use super::module::Module;
use super::obstacle::Obstacle;
use super::reach::Reach;

/// Numbers in the memory's half; whatever has none there must not be needed there.
pub(super) struct MemoryModule {
    functions: BTreeMap<u32, u32>,
    globals: BTreeMap<u32, u32>,
    dead_ends: BTreeSet<u32>,
}

impl Reencode for MemoryModule {
    type Error = Missing;

    fn function_index(&mut self, function: u32) -> Result<u32, reencode::Error<Missing>> {
        self.functions
            .get(&function)
            .copied()
            .ok_or(reencode::Error::UserError(Missing))
    }

    fn instruction<'a>(
        &mut self,
        operator: Operator<'a>,
    ) -> Result<Instruction<'a>, reencode::Error<Missing>> {
        match operator {
            Operator::Call { function_index } | Operator::ReturnCall { function_index }
                if self.dead_ends.contains(&function_index) =>
            {
                Ok(Instruction::Unreachable)
            }
            operator => reencode::utils::instruction(self, operator),
        }
    }

    fn global_index(&mut self, global: u32) -> Result<u32, reencode::Error<Missing>> {
        self.globals
            .get(&global)
            .copied()
            .ok_or(reencode::Error::UserError(Missing))
    }
}

impl MemoryModule {
    pub(super) fn new(reach: &Reach) -> Self {
        let functions = reach.functions.iter().copied().zip(0..).collect();
        let globals = reach.globals.iter().copied().zip(0..).collect();
        Self {
            functions,
            globals,
            dead_ends: reach.dead_ends.clone(),
        }
    }

    pub(super) fn encode(
        mut self,
        module: &Module<'_>,
        guest: &Guest<'_>,
    ) -> Result<wasm_encoder::Module, Obstacle> {
        let mut encoded = wasm_encoder::Module::new();
        encoded
            .section(&types(&mut self, module)?)
            .section(&self.functions(module)?)
            .section(&memories(module))
            .section(&self.globals(module)?)
            .section(&self.exports(guest)?)
            .section(&self.code(module)?)
            .section(&self.data(module)?);
        Ok(encoded)
    }

    fn functions(&self, module: &Module<'_>) -> Result<FunctionSection, Obstacle> {
        let mut functions = FunctionSection::new();
        for function in self.functions.keys() {
            functions.function(
                module
                    .type_of(*function)
                    .ok_or(Obstacle("it does not parse"))?,
            );
        }
        Ok(functions)
    }

    fn globals(&mut self, module: &Module<'_>) -> Result<GlobalSection, Obstacle> {
        let mut globals = GlobalSection::new();
        let moved = (0_u32..)
            .zip(&module.globals)
            .filter(|(number, _)| self.globals.contains_key(number));
        for (_, global) in moved.collect::<Vec<_>>() {
            self.parse_global(&mut globals, global.clone())
                .map_err(unusual)?;
        }
        Ok(globals)
    }

    fn exports(&self, guest: &Guest<'_>) -> Result<ExportSection, Obstacle> {
        let mut exports = ExportSection::new();
        exports.export(guest.memory, ExportKind::Memory, 0);
        for (old, new) in &self.globals {
            exports.export(&global_name(*old), ExportKind::Global, *new);
        }
        if let Some(name) = guest.realloc {
            let old = Module::read(guest.module)?.exported_function(name);
            let new = old.and_then(|old| self.functions.get(&old));
            exports.export(
                name,
                ExportKind::Func,
                *new.ok_or(Obstacle("it has no allocator"))?,
            );
        }
        Ok(exports)
    }

    fn code(&mut self, module: &Module<'_>) -> Result<CodeSection, Obstacle> {
        let mut code = CodeSection::new();
        let bodies: Vec<&FunctionBody<'_>> = self
            .functions
            .keys()
            .filter_map(|function| module.body(*function))
            .collect();
        for body in bodies {
            self.parse_function_body(&mut code, body.clone())
                .map_err(unusual)?;
        }
        Ok(code)
    }

    fn data(&mut self, module: &Module<'_>) -> Result<DataSection, Obstacle> {
        let mut data = DataSection::new();
        for datum in &module.data {
            if let DataKind::Active { .. } = datum.kind {
                self.parse_data(&mut data, datum.clone()).map_err(unusual)?;
            }
        }
        Ok(data)
    }
}

fn memories(module: &Module<'_>) -> MemorySection {
    let mut memories = MemorySection::new();
    for memory in &module.memories {
        memories.memory(memory_type(*memory));
    }
    memories
}
