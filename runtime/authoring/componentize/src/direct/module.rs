use wasmparser::{
    Data, ElementSectionReader, Export, ExternalKind, FunctionBody, Global, Import, MemoryType,
    Name, NameSectionReader, Parser, Payload, TableSectionReader, TypeRef, TypeSectionReader,
};

use super::obstacle::Obstacle;
use super::small_memory;

/// A core module, taken apart. Only what a guest of the usual kind has: one memory of its own,
/// imports that are functions, and no start function (which would run before the imports of the
/// usual layout work).
#[derive(Default)]
pub(crate) struct Module<'a> {
    pub(crate) types: Option<TypeSectionReader<'a>>,
    pub(crate) imports: Vec<Import<'a>>,
    /// Type numbers of the functions it defines.
    pub(crate) functions: Vec<u32>,
    pub(crate) tables: Option<TableSectionReader<'a>>,
    pub(crate) memories: Vec<MemoryType>,
    pub(crate) globals: Vec<Global<'a>>,
    pub(crate) exports: Vec<Export<'a>>,
    pub(crate) elements: Option<ElementSectionReader<'a>>,
    pub(crate) bodies: Vec<FunctionBody<'a>>,
    pub(crate) data: Vec<Data<'a>>,
    /// What it says of the size of its memory.
    pub(crate) small_memory: Option<&'a [u8]>,
    /// Where its code came from, for people.
    pub(crate) lines: Option<&'a [u8]>,
    /// What its code names of a tenant's, as its compiler says.
    pub(crate) declared: Option<&'a [u8]>,
    /// Numbers and names of functions, for backtraces.
    pub(crate) names: Vec<(u32, &'a str)>,
}

/// The custom section of a compiler that knows which tables, databases and events its code names.
pub(crate) const DECLARED: &str = "evroute-declared";

impl<'a> Module<'a> {
    pub(crate) fn read(bytes: &'a [u8]) -> Result<Self, Obstacle> {
        let mut module = Self::default();
        for payload in Parser::new(0).parse_all(bytes) {
            module.take(payload?)?;
        }
        if module
            .imports
            .iter()
            .any(|import| !matches!(import.ty, TypeRef::Func(_)))
        {
            return Err(Obstacle("it imports more than functions"));
        }
        match module.memories[..] {
            [memory] if !memory.shared => Ok(module.shrunk(memory)),
            _ => Err(Obstacle("it has not just one memory")),
        }
    }

    fn shrunk(mut self, memory: MemoryType) -> Self {
        let mut exports = self.exports.iter();
        let heap_base = exports
            .find(|e| e.kind == ExternalKind::Global && e.name == small_memory::HEAP_BASE)
            .and_then(|e| self.globals.get(usize::try_from(e.index).ok()?));
        if let Some(small) = small_memory::shrink(memory, self.small_memory, heap_base) {
            self.memories = vec![small];
        }
        self
    }

    fn take(&mut self, payload: Payload<'a>) -> Result<(), Obstacle> {
        match payload {
            Payload::TypeSection(section) => self.types = Some(section),
            Payload::ImportSection(section) => {
                self.imports = section.into_imports().collect::<Result<_, _>>()?;
            }
            Payload::FunctionSection(section) => {
                self.functions = section.into_iter().collect::<Result<_, _>>()?;
            }
            Payload::TableSection(section) => self.tables = Some(section),
            Payload::MemorySection(section) => {
                self.memories = section.into_iter().collect::<Result<_, _>>()?;
            }
            Payload::GlobalSection(section) => {
                self.globals = section.into_iter().collect::<Result<_, _>>()?;
            }
            Payload::ExportSection(section) => {
                self.exports = section.into_iter().collect::<Result<_, _>>()?;
            }
            Payload::ElementSection(section) => self.elements = Some(section),
            Payload::CodeSectionEntry(body) => self.bodies.push(body),
            Payload::DataSection(section) => {
                self.data = section.into_iter().collect::<Result<_, _>>()?;
            }
            Payload::CustomSection(section) if section.name() == "name" => {
                let reader = wasmparser::BinaryReader::new(section.data(), section.data_offset());
                self.names = function_names(NameSectionReader::new(reader));
            }
            Payload::CustomSection(section) if section.name() == small_memory::SECTION => {
                self.small_memory = Some(section.data());
            }
            Payload::CustomSection(section) if section.name() == evroute_lines::SECTION => {
                self.lines = Some(section.data());
            }
            Payload::CustomSection(section) if section.name() == DECLARED => {
                self.declared = Some(section.data());
            }
            Payload::Version { .. }
            | Payload::DataCountSection { .. }
            | Payload::CodeSectionStart { .. }
            | Payload::CustomSection(_)
            | Payload::End(_) => {}
            Payload::StartSection { .. } => return Err(Obstacle("it has a start function")),
            _ => return Err(Obstacle("its module has a section of unknown kind")),
        }
        Ok(())
    }

    /// The number of imported functions, which come first.
    pub(crate) fn imported(&self) -> u32 {
        u32::try_from(self.imports.len()).unwrap_or(u32::MAX)
    }

    /// The body of a function, by its number; none for an import.
    pub(crate) fn body(&self, function: u32) -> Option<&FunctionBody<'a>> {
        self.bodies.get(self.defined(function)?)
    }

    /// The type number of a function that it defines, by the function's number.
    pub(crate) fn type_of(&self, function: u32) -> Option<u32> {
        self.functions.get(self.defined(function)?).copied()
    }

    fn defined(&self, function: u32) -> Option<usize> {
        usize::try_from(function.checked_sub(self.imported())?).ok()
    }

    /// The number of an exported function, by its name.
    pub(crate) fn exported_function(&self, name: &str) -> Option<u32> {
        let mut exports = self.exports.iter();
        let export = exports.find(|e| e.kind == ExternalKind::Func && e.name == name)?;
        Some(export.index)
    }
}

/// Names are for people: what cannot be read of them is omitted.
fn function_names<'a>(section: NameSectionReader<'a>) -> Vec<(u32, &'a str)> {
    let mut names = Vec::new();
    for subsection in section.into_iter().flatten() {
        if let Name::Function(functions) = subsection {
            names.extend(
                functions
                    .into_iter()
                    .flatten()
                    .map(|naming| (naming.index, naming.name)),
            );
        }
    }
    names
}
