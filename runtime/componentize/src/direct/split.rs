use std::collections::{BTreeMap, BTreeSet};

use wasm_encoder::reencode::{self, Reencode};
use wasm_encoder::{
    CodeSection, DataSection, ElementSection, EntityType, ExportKind, ExportSection,
    FunctionSection, GlobalSection, GlobalType, ImportSection, Instruction, MemorySection,
    MemoryType, NameMap, NameSection, TableSection, TypeSection,
};
use wasmparser::{DataKind, ExternalKind, FunctionBody, Operator};

use super::Obstacle;
use super::guest::Guest;
use super::module::Module;
use super::reach::{Reach, any_names_data, any_names_table};

/// The name under which the code imports from the memory's module. No WIT name can be equal to it.
pub(crate) const MEMORY_MODULE: &str = "$memory";

/// A guest's module in two.
pub(crate) struct Halves {
    /// Memory, its initial contents, the allocator. Exports the first and the last under their usual names.
    pub(crate) memory: wasm_encoder::Module,
    /// All the code. Imports the memory.
    pub(crate) code: wasm_encoder::Module,
    /// Exported functions that do nothing at all.
    pub(crate) idle: BTreeSet<String>,
}

/// Splits a guest. The allocator is in both halves, since the code may call it too; what it knows is in the memory and
/// in globals, which the two share.
pub(crate) fn split(guest: &Guest<'_>) -> Result<Halves, Obstacle> {
    let module = Module::read(guest.module)?;
    if any_names_data(&module.bodies)? {
        return Err(Obstacle("it copies passive data"));
    }
    let reach = match guest.realloc {
        Some(name) => {
            let function = module
                .exported_function(name)
                .ok_or(Obstacle("it has no allocator"))?;
            Reach::of(&module, function)?
        }
        None => Reach::default(),
    };
    let memory = MemoryHalf::new(&reach).encode(&module, guest)?;
    let code = CodeHalf::new(&module, &reach).encode(&module, guest)?;
    Ok(Halves {
        memory,
        code,
        idle: idle(&module)?,
    })
}

/// Exported functions whose body is its own end.
fn idle(module: &Module<'_>) -> Result<BTreeSet<String>, Obstacle> {
    let mut idle = BTreeSet::new();
    for export in module
        .exports
        .iter()
        .filter(|export| export.kind == ExternalKind::Func)
    {
        let Some(body) = module.body(export.index) else {
            continue;
        };
        let mut operators = body.get_operators_reader()?.into_iter();
        if matches!(operators.next(), Some(Ok(Operator::End))) {
            idle.insert(export.name.to_owned());
        }
    }
    Ok(idle)
}

/// The name of a shared global, from its number in the guest's module.
fn global_name(global: u32) -> String {
    format!("global-{global}")
}

fn types(reencoder: &mut impl Reencode, module: &Module<'_>) -> Result<TypeSection, Obstacle> {
    let mut types = TypeSection::new();
    if let Some(section) = module.types.clone() {
        reencoder
            .parse_type_section(&mut types, section)
            .map_err(unusual)?;
    }
    Ok(types)
}

/// Something refers to what its half does not have, or is not plain WebAssembly.
fn unusual<E>(_: reencode::Error<E>) -> Obstacle {
    Obstacle("its parts refer to each other in an unusual way")
}

/// Numbers in the memory's half; whatever has none there must not be needed there.
struct MemoryHalf {
    functions: BTreeMap<u32, u32>,
    globals: BTreeMap<u32, u32>,
    dead_ends: BTreeSet<u32>,
}

/// A reference out of the memory's half.
struct Missing;

impl Reencode for MemoryHalf {
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

impl MemoryHalf {
    fn new(reach: &Reach) -> Self {
        let functions = reach.functions.iter().copied().zip(0..).collect();
        let globals = reach.globals.iter().copied().zip(0..).collect();
        Self {
            functions,
            globals,
            dead_ends: reach.dead_ends.clone(),
        }
    }

    fn encode(
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

fn memory_type(memory: wasmparser::MemoryType) -> MemoryType {
    MemoryType {
        minimum: memory.initial,
        maximum: memory.maximum,
        memory64: memory.memory64,
        shared: memory.shared,
        page_size_log2: memory.page_size_log2,
    }
}

/// Numbers in the code's half: functions keep theirs, shared globals are imports and come first.
struct CodeHalf {
    globals: BTreeMap<u32, u32>,
    shared: BTreeSet<u32>,
}

impl Reencode for CodeHalf {
    type Error = Missing;

    fn global_index(&mut self, global: u32) -> Result<u32, reencode::Error<Missing>> {
        self.globals
            .get(&global)
            .copied()
            .ok_or(reencode::Error::UserError(Missing))
    }
}

impl CodeHalf {
    fn new(module: &Module<'_>, reach: &Reach) -> Self {
        let shared = reach.globals.clone();
        let own = (0_u32..).zip(&module.globals).map(|(number, _)| number);
        let own = own.filter(|number| !shared.contains(number));
        let globals = shared.iter().copied().chain(own).zip(0..).collect();
        Self { globals, shared }
    }

    fn encode(
        mut self,
        module: &Module<'_>,
        guest: &Guest<'_>,
    ) -> Result<wasm_encoder::Module, Obstacle> {
        let mut encoded = wasm_encoder::Module::new();
        encoded
            .section(&types(&mut self, module)?)
            .section(&self.imports(module, guest)?);
        let mut functions = FunctionSection::new();
        for ty in &module.functions {
            functions.function(*ty);
        }
        encoded.section(&functions);
        // Compilers leave a table behind that only keeps functions from being thrown away. A run would pay for it.
        let has_tables = any_names_table(&module.bodies)?;
        if let Some(section) = module.tables.clone().filter(|_| has_tables) {
            let mut tables = TableSection::new();
            self.parse_table_section(&mut tables, section)
                .map_err(unusual)?;
            encoded.section(&tables);
        }
        encoded
            .section(&self.globals(module)?)
            .section(&exports(module, guest));
        if let Some(section) = module.elements.clone().filter(|_| has_tables) {
            let mut elements = ElementSection::new();
            self.parse_element_section(&mut elements, section)
                .map_err(unusual)?;
            encoded.section(&elements);
        }
        let mut code = CodeSection::new();
        for body in &module.bodies {
            self.parse_function_body(&mut code, body.clone())
                .map_err(unusual)?;
        }
        encoded.section(&code).section(&names(module));
        Ok(encoded)
    }

    fn imports(
        &mut self,
        module: &Module<'_>,
        guest: &Guest<'_>,
    ) -> Result<ImportSection, Obstacle> {
        let mut imports = ImportSection::new();
        for import in &module.imports {
            let ty = self.entity_type(import.ty).map_err(unusual)?;
            imports.import(import.module, import.name, ty);
        }
        for memory in &module.memories {
            imports.import(
                MEMORY_MODULE,
                guest.memory,
                EntityType::Memory(memory_type(*memory)),
            );
        }
        for (number, global) in (0_u32..).zip(&module.globals) {
            if self.shared.contains(&number) {
                let ty: GlobalType = self.global_type(global.ty).map_err(unusual)?;
                imports.import(MEMORY_MODULE, &global_name(number), EntityType::Global(ty));
            }
        }
        Ok(imports)
    }

    fn globals(&mut self, module: &Module<'_>) -> Result<GlobalSection, Obstacle> {
        let mut globals = GlobalSection::new();
        for (number, global) in (0_u32..).zip(&module.globals) {
            if !self.shared.contains(&number) {
                self.parse_global(&mut globals, global.clone())
                    .map_err(unusual)?;
            }
        }
        Ok(globals)
    }
}

/// Functions; memory and allocator are the other half's, and nothing asks for tables and globals.
fn exports(module: &Module<'_>, guest: &Guest<'_>) -> ExportSection {
    let mut exports = ExportSection::new();
    for export in &module.exports {
        if export.kind == ExternalKind::Func && Some(export.name) != guest.realloc {
            exports.export(export.name, ExportKind::Func, export.index);
        }
    }
    exports
}

/// Functions keep their numbers, and so their names.
fn names(module: &Module<'_>) -> NameSection {
    let mut functions = NameMap::new();
    for (number, name) in &module.names {
        functions.append(*number, name);
    }
    let mut names = NameSection::new();
    names.functions(&functions);
    names
}
