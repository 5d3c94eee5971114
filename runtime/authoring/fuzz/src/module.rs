//! One core module, with counters.

use wasm_encoder::{Encode, ExportKind, MemoryType, Module, RawSection, SectionId};
use wasmparser::{BinaryReaderError, CompositeInnerType, Parser, Payload, TypeRef};

use crate::body::{Counting, Tracing};
use crate::edge::{Compared, Edge};
use crate::ring::Ring;

/// The name that a module's counters are exported by.
pub(crate) const COUNTERS: &str = "evroute-counters";
/// A page of WebAssembly, bytes.
const PAGE: u64 = 64 << 10;

/// A module that counts.
pub(crate) struct Counted {
    pub(crate) wasm: Vec<u8>,
    pub(crate) edges: Vec<Edge>,
    pub(crate) compared: Vec<Compared>,
    /// Bytes that it registers.
    pub(crate) bytes: u64,
}

/// What an instrumented component notes beside its ways.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Noted {
    /// Nothing else.
    Edges,
    /// The operands of its last comparisons, too.
    Comparisons,
}

/// What is known of a module before its code.
#[derive(Default)]
struct Outline {
    /// How many parameters each type has.
    parameters: Vec<u32>,
    /// The types of its own functions.
    functions: Vec<u32>,
    imported_functions: u32,
    memories: u32,
}

/// Rewrites a module; none for one without a memory, which is a shim between others.
pub(crate) fn count(
    module: &[u8],
    number: u32,
    noted: Noted,
) -> Result<Option<Counted>, BinaryReaderError> {
    let outline = Outline::read(module)?;
    if outline.memories == 0 || outline.functions.is_empty() {
        return Ok(None);
    }
    let (mut edges, mut compared) = (Vec::new(), Vec::new());
    let mut code = outline.code(module, number, &mut edges, None)?;
    let mut bytes = edges.len() as u64;
    if noted == Noted::Comparisons {
        // The ring lies behind the counters, of which it is known only now how many there are.
        let ring = Ring::behind(edges.len());
        bytes = ring.end();
        edges.clear();
        let tracing = Tracing {
            ring,
            compared: &mut compared,
        };
        code = outline.code(module, number, &mut edges, Some(tracing))?;
    }
    let mut out = Rewriting {
        module: Module::new(),
        memory: outline.memories,
        pages: bytes.div_ceil(PAGE).max(1),
        has_memory: false,
        has_export: false,
    };
    for payload in Parser::new(0).parse_all(module) {
        out.section(&payload?, module, &code)?;
    }
    Ok(Some(Counted {
        wasm: out.module.finish(),
        edges,
        compared,
        bytes,
    }))
}

impl Outline {
    fn read(module: &[u8]) -> Result<Self, BinaryReaderError> {
        let mut outline = Self::default();
        for payload in Parser::new(0).parse_all(module) {
            match payload? {
                Payload::TypeSection(types) => {
                    for group in types {
                        for ty in group?.into_types() {
                            let count = match &ty.composite_type.inner {
                                CompositeInnerType::Func(ty) => ty.params().len(),
                                _ => 0,
                            };
                            let count = u32::try_from(count).unwrap_or(u32::MAX);
                            outline.parameters.push(count);
                        }
                    }
                }
                Payload::ImportSection(imports) => {
                    for import in imports.into_imports() {
                        match import?.ty {
                            TypeRef::Func(_) | TypeRef::FuncExact(_) => {
                                outline.imported_functions += 1;
                            }
                            TypeRef::Memory(_) => outline.memories += 1,
                            TypeRef::Table(_) | TypeRef::Global(_) | TypeRef::Tag(_) => {}
                        }
                    }
                }
                Payload::FunctionSection(functions) => {
                    for ty in functions {
                        outline.functions.push(ty?);
                    }
                }
                Payload::MemorySection(memories) => outline.memories += memories.count(),
                _ => {}
            }
        }
        Ok(outline)
    }

    /// The section of code with counters.
    fn code(
        &self,
        module: &[u8],
        number: u32,
        edges: &mut Vec<Edge>,
        tracing: Option<Tracing<'_>>,
    ) -> Result<Vec<u8>, BinaryReaderError> {
        let mut counting = Counting {
            module: number,
            memory: self.memories,
            edges,
            tracing,
        };
        let mut code = Vec::with_capacity(module.len() * 2);
        let mut types = self.functions.iter();
        let mut function = self.imported_functions;
        u32::try_from(self.functions.len())
            .unwrap_or(u32::MAX)
            .encode(&mut code);
        for payload in Parser::new(0).parse_all(module) {
            let Payload::CodeSectionEntry(body) = payload? else {
                continue;
            };
            let ty = types.next().and_then(|ty| usize::try_from(*ty).ok());
            let parameters = ty.and_then(|ty| self.parameters.get(ty)).copied();
            let of = (function, parameters.unwrap_or_default());
            counting.rewrite(module, &body, of)?.encode(&mut code);
            function = function.saturating_add(1);
        }
        Ok(code)
    }
}

/// A module on its way into another one.
struct Rewriting {
    module: Module,
    memory: u32,
    pages: u64,
    has_memory: bool,
    has_export: bool,
}

impl Rewriting {
    fn section(
        &mut self,
        payload: &Payload<'_>,
        module: &[u8],
        code: &[u8],
    ) -> Result<(), BinaryReaderError> {
        match payload {
            Payload::MemorySection(memories) => {
                let items = module.get(memories.original_position()..memories.range().end);
                self.put_memory(memories.count(), items.unwrap_or_default());
            }
            Payload::ExportSection(exports) => {
                self.before(SectionId::Export as u8);
                let items = module.get(exports.original_position()..exports.range().end);
                self.put_export(exports.count(), items.unwrap_or_default());
            }
            Payload::CodeSectionStart { .. } => {
                self.before(SectionId::Code as u8);
                self.put(SectionId::Code as u8, code);
            }
            // It is about places that have moved.
            Payload::CustomSection(section) if section.name().starts_with(".debug") => {}
            other => {
                if let Some((id, range)) = other.as_section() {
                    if id != SectionId::Custom as u8 {
                        self.before(id);
                    }
                    self.put(id, module.get(range).unwrap_or_default());
                }
            }
        }
        Ok(())
    }

    /// Adds what is not there yet and stands before this section.
    fn before(&mut self, id: u8) {
        let is_early = [1, 2, 3, 4].contains(&id);
        if !self.has_memory && !is_early {
            self.put_memory(0, &[]);
        }
        // Tags and globals stand before exports.
        if !self.has_export && !is_early && ![6, 7, 13].contains(&id) {
            self.put_export(0, &[]);
        }
    }

    fn put_memory(&mut self, count: u32, items: &[u8]) {
        self.has_memory = true;
        let mut section = Vec::new();
        count.saturating_add(1).encode(&mut section);
        section.extend_from_slice(items);
        let memory = MemoryType {
            minimum: self.pages,
            maximum: Some(self.pages),
            memory64: false,
            shared: false,
            page_size_log2: None,
        };
        memory.encode(&mut section);
        self.put(SectionId::Memory as u8, &section);
    }

    fn put_export(&mut self, count: u32, items: &[u8]) {
        self.has_export = true;
        let mut section = Vec::new();
        count.saturating_add(1).encode(&mut section);
        section.extend_from_slice(items);
        COUNTERS.encode(&mut section);
        ExportKind::Memory.encode(&mut section);
        self.memory.encode(&mut section);
        self.put(SectionId::Export as u8, &section);
    }

    fn put(&mut self, id: u8, data: &[u8]) {
        self.module.section(&RawSection { id, data });
    }
}
