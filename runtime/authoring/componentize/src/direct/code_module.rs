use std::collections::{BTreeMap, BTreeSet};

use wasm_encoder::reencode::{self, Reencode};
use wasm_encoder::{
    CodeSection, CustomSection, ElementSection, EntityType, ExportKind, ExportSection,
    FunctionSection, GlobalSection, GlobalType, ImportSection, NameMap, NameSection, TableSection,
};
use wasmparser::ExternalKind;

use super::border::{MEMORY_MODULE, Missing, global_name, memory_type, types, unusual};
use super::guest::Guest;
use super::lines;
use super::module::{DECLARED, Module};
use super::obstacle::Obstacle;
use super::reach::{Reach, any_names_table};

/// Numbers in the code's half: functions keep theirs, shared globals are imports and come first.
pub(super) struct CodeModule {
    globals: BTreeMap<u32, u32>,
    shared: BTreeSet<u32>,
}

impl Reencode for CodeModule {
    type Error = Missing;

    fn global_index(&mut self, global: u32) -> Result<u32, reencode::Error<Missing>> {
        self.globals
            .get(&global)
            .copied()
            .ok_or(reencode::Error::UserError(Missing))
    }
}

impl CodeModule {
    pub(super) fn new(module: &Module<'_>, reach: &Reach) -> Self {
        let shared = reach.globals.clone();
        let own = (0_u32..).zip(&module.globals).map(|(number, _)| number);
        let own = own.filter(|number| !shared.contains(number));
        let globals = shared.iter().copied().chain(own).zip(0..).collect();
        Self { globals, shared }
    }

    pub(super) fn encode(
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
        // Compilers leave a table behind that only keeps functions from being thrown away. A run
        // would pay for it.
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
        if let Some(declared) = module.declared {
            encoded.section(&CustomSection {
                name: DECLARED.into(),
                data: declared.into(),
            });
        }
        if let Some(lines) = lines::moved(module, &code) {
            encoded.section(&lines);
        }
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
