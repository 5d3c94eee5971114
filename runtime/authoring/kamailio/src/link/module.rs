use evroute_contract::{CoreType, Function};
use evroute_lines::Lines;
use wasm_encoder::reencode::Reencode;
use wasm_encoder::{
    CodeSection, ConstExpr, CustomSection, DataSection, EntityType, ExportKind, ExportSection,
    FunctionSection, GlobalSection, GlobalType, ImportSection, MemorySection, MemoryType, Module,
    ValType,
};

use crate::code::{Callee, Global};
use crate::constants::Constants;
use crate::declared::{self, Declared};

use super::error::Error;
use super::numbers::Numbers;
use super::relocation::Relocation;
use super::runtime::{DefinedGlobal, Runtime, RuntimeFunction};
use super::types::Types;
use super::{Addresses, Blocks, HEAP_BYTES, names};

/// Says to `evroute-componentize` that the memory beyond its constants is counted in bytes, and how
/// many a run starts with.
const SMALL_MEMORY: &str = "evroute-small-memory";

const PAGE_BYTES: u32 = 65_536;

/// What a module is made of.
pub(super) struct Parts<'a> {
    pub(super) runtime: &'a Runtime,
    pub(super) imports: Vec<&'static Function>,
    /// Functions and globals of the runtime.
    pub(super) functions: Vec<&'a RuntimeFunction>,
    pub(super) globals: Vec<(&'static str, &'a DefinedGlobal)>,
    /// Those of the blocks.
    pub(super) blocks: &'a Blocks<'a>,
    pub(super) constants: &'a Constants,
    pub(super) addresses: &'a Addresses,
    /// Where the constants end.
    pub(super) heap: u32,
    pub(super) declared: &'a Declared,
}

impl Parts<'_> {
    /// The module. Types are numbered in the order of what has them.
    pub(super) fn module(&self) -> Result<Vec<u8>, Error> {
        let numbers = self.numbers();
        let mut relocation = Relocation {
            runtime: self.runtime,
            numbers: &numbers,
            constants: self.constants,
            addresses: self.addresses,
            types: Types::default(),
        };
        let imports = self.import_section(&mut relocation.types);
        let functions = self.function_section(&mut relocation)?;
        let globals = self.global_section(&mut relocation)?;
        let (code, lines) = self.code_section(&mut relocation)?;
        let heap = self.heap;
        let (at, bytes) = self.constants.segment();
        let mut data = DataSection::new();
        data.active(0, &address(at), bytes.iter().copied());
        let mut module = Module::new();
        module.section(&relocation.types.section());
        if !imports.is_empty() {
            module.section(&imports);
        }
        module
            .section(&functions)
            .section(&memory(heap))
            .section(&globals)
            .section(&self.export_section(&numbers)?)
            .section(&code)
            .section(&data)
            .section(&custom(SMALL_MEMORY, &HEAP_BYTES.to_le_bytes()))
            .section(&custom(declared::SECTION, self.declared.lines().as_bytes()))
            .section(&names::section(self));
        if !lines.is_empty() {
            module.section(&custom(evroute_lines::SECTION, &lines.encode()));
        }
        Ok(module.finish())
    }

    fn numbers(&self) -> Numbers {
        let imports = self.imports.iter().copied();
        let imports = imports.map(|function| Some(Callee::from(function)));
        let functions = self.functions.iter();
        let functions = functions.map(|function| Some(Callee::Runtime(function.name)));
        let definitions = self
            .blocks
            .definitions
            .iter()
            .map(|definition| definition.callee);
        Numbers::new(
            imports.chain(functions).chain(definitions),
            self.global_names(),
        )
    }

    /// The globals in their order. The first one says where the heap begins, and no code names it.
    pub(super) fn global_names(&self) -> impl Iterator<Item = Option<Global>> {
        let runtime = self.globals.iter();
        let runtime = runtime.map(|(name, _)| Some(Global::Runtime(name)));
        let own = self.blocks.globals.keys().map(|global| Some(*global));
        std::iter::once(None).chain(runtime).chain(own)
    }

    fn import_section(&self, types: &mut Types) -> ImportSection {
        let mut section = ImportSection::new();
        for function in &self.imports {
            let parameters = function.parameters.iter().copied().map(core).collect();
            let results = function.result.into_iter().map(core).collect();
            let ty = EntityType::Function(types.number(parameters, results));
            section.import(function.interface, function.name, ty);
        }
        section
    }

    fn function_section(&self, relocation: &mut Relocation<'_>) -> Result<FunctionSection, Error> {
        let mut section = FunctionSection::new();
        for function in &self.functions {
            section.function(relocation.function_type(&function.ty)?);
        }
        for definition in self.blocks.definitions {
            let parameters = definition.parameters.clone();
            section.function(relocation.types.number(parameters, vec![ValType::I32]));
        }
        Ok(section)
    }

    fn global_section(&self, relocation: &mut Relocation<'_>) -> Result<GlobalSection, Error> {
        let mut section = GlobalSection::new();
        section.global(global(false), &address(self.heap));
        for (_, global) in &self.globals {
            section.global(
                relocation.global_type(global.ty)?,
                &relocation.const_expr(global.begin.clone())?,
            );
        }
        for begin in self.blocks.globals.values() {
            section.global(global(true), &address(*begin));
        }
        Ok(section)
    }

    fn export_section(&self, numbers: &Numbers) -> Result<ExportSection, Error> {
        let mut section = ExportSection::new();
        section.export("memory", ExportKind::Memory, 0);
        section.export("__heap_base", ExportKind::Global, 0);
        for function in &self.functions {
            if let Some(name) = function.export {
                let number = numbers.function(Callee::Runtime(function.name))?;
                section.export(name, ExportKind::Func, number);
            }
        }
        let before = self.imports.len() + self.functions.len();
        for (number, definition) in (before..).zip(self.blocks.definitions) {
            if let Some(name) = &definition.export {
                let number = u32::try_from(number).unwrap_or(u32::MAX);
                section.export(name, ExportKind::Func, number);
            }
        }
        Ok(section)
    }

    /// The code, and which lines of the configuration it is of.
    fn code_section(&self, relocation: &mut Relocation<'_>) -> Result<(CodeSection, Lines), Error> {
        let mut section = CodeSection::new();
        for function in &self.functions {
            section.function(&relocation.function(function)?);
        }
        let before = self.imports.len() + self.functions.len();
        let mut lines = Lines::new();
        for (number, definition) in (before..).zip(self.blocks.definitions) {
            let number = u32::try_from(number).unwrap_or(u32::MAX);
            let locals = definition.locals.iter().copied();
            let mut function = wasm_encoder::Function::new_with_locals_types(locals);
            relocation.code(&definition.code, &mut function, &mut |offset, span| {
                // Without its folder, as in the log, and the same wherever it is made.
                let file = self.blocks.files.get(usize::from(span.file));
                let file = file.and_then(|file| file.rsplit(['/', '\\']).next());
                let place = file.map(|file| lines.place(file, span.line, None, None));
                lines.row(number, offset, place);
            })?;
            section.function(&function);
        }
        Ok((section, lines))
    }
}

fn core(ty: CoreType) -> ValType {
    match ty {
        CoreType::I32 => ValType::I32,
        CoreType::I64 => ValType::I64,
        CoreType::F32 => ValType::F32,
        CoreType::F64 => ValType::F64,
    }
}

fn address(at: u32) -> ConstExpr {
    ConstExpr::i32_const(at.cast_signed())
}

fn global(mutable: bool) -> GlobalType {
    GlobalType {
        val_type: ValType::I32,
        mutable,
        shared: false,
    }
}

/// A memory for the constants and what a run starts with.
fn memory(heap: u32) -> MemorySection {
    let pages = heap.saturating_add(HEAP_BYTES).div_ceil(PAGE_BYTES);
    let mut section = MemorySection::new();
    section.memory(MemoryType {
        minimum: u64::from(pages),
        maximum: None,
        memory64: false,
        shared: false,
        page_size_log2: None,
    });
    section
}

fn custom<'a>(name: &'a str, data: &'a [u8]) -> CustomSection<'a> {
    CustomSection {
        name: name.into(),
        data: data.into(),
    }
}
