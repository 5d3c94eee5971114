//! A component, with counters in its modules.

use wasm_encoder::{
    Alias, CanonicalFunctionSection, CanonicalOption, CodeSection, Component,
    ComponentAliasSection, ComponentImportSection, ComponentTypeRef, ComponentTypeSection,
    EntityType, ExportKind, Function, FunctionSection, ImportSection, InstanceSection, Instruction,
    Module, ModuleArg, ModuleSection, PrimitiveValType, RawSection, StartSection, TypeSection,
    ValType,
};
use wasmparser::{
    BinaryReaderError, CanonicalFunction, ComponentAlias, ComponentExternalKind,
    ComponentOuterAliasKind, ComponentTypeRef as TypeRef, ExternalKind, Instance, Parser, Payload,
};

use crate::edge::{Compared, Edge};
use crate::module::{COUNTERS, Noted, count};
use crate::ring::{Comparison, Ring};

/// The import by which an instrumented component hands its counters over, a list of bytes for each
/// module in the order of their instances. No server offers it.
pub const REGISTER: &str = "evroute-fuzz-register";

/// A component cannot be rewritten.
#[derive(Debug, thiserror::Error)]
#[error("it is not a component that can be instrumented: {0}")]
pub struct InstrumentError(#[from] BinaryReaderError);

/// A component that counts the ways it takes.
#[derive(Clone, Debug)]
pub struct Instrumented {
    /// Its bytes.
    pub wasm: Vec<u8>,
    /// What each list that it registers is of.
    pub maps: Vec<EdgeMap>,
    /// How many modules have code and a memory; those of nested components are not rewritten.
    pub modules: u32,
    /// How many modules it has in all.
    pub modules_all: u32,
}

/// What a module notes, and where that is in the list that it registers.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct EdgeMap {
    /// What each of the first bytes counts.
    pub edges: Vec<Edge>,
    /// The comparisons whose operands are noted.
    pub compared: Vec<Compared>,
    bytes: u64,
}

impl EdgeMap {
    /// How many bytes the list has.
    #[must_use]
    pub const fn bytes(&self) -> u64 {
        self.bytes
    }

    /// The counters in a list that was registered.
    #[must_use]
    pub fn counters<'a>(&self, list: &'a [u8]) -> &'a [u8] {
        list.get(..self.edges.len()).unwrap_or_default()
    }

    /// The comparisons in it, in no order.
    #[must_use]
    pub fn comparisons(&self, list: &[u8]) -> Vec<Comparison> {
        if self.compared.is_empty() {
            return Vec::new();
        }
        Ring::behind(self.edges.len()).read(list)
    }
}

/// How many of each there are so far: what is added gets the next numbers.
#[derive(Default)]
struct Counts {
    types: u32,
    functions: u32,
    core_functions: u32,
    core_memories: u32,
    core_modules: u32,
    core_instances: u32,
}

/// A component on its way into another one.
struct Rewriting {
    component: Component,
    noted: Noted,
    counts: Counts,
    /// What each module of the component itself notes, by its number.
    maps: Vec<(u32, EdgeMap)>,
    /// Instances of those modules.
    instances: Vec<(u32, u32)>,
    modules: u32,
    modules_all: u32,
}

impl Instrumented {
    /// Rewrites a component.
    ///
    /// # Errors
    /// [`InstrumentError`] for bytes that are no component.
    pub fn of(wasm: &[u8], noted: Noted) -> Result<Self, InstrumentError> {
        let mut rewriting = Rewriting {
            component: Component::new(),
            noted,
            counts: Counts::default(),
            maps: Vec::new(),
            instances: Vec::new(),
            modules: 0,
            modules_all: 0,
        };
        let mut depth = 0_u32;
        for payload in Parser::new(0).parse_all(wasm) {
            let payload = payload?;
            if matches!(payload, Payload::ModuleSection { .. }) {
                rewriting.modules_all = rewriting.modules_all.saturating_add(1);
            }
            if depth == 0 {
                rewriting.section(&payload, wasm)?;
            }
            match payload {
                Payload::ModuleSection { .. } | Payload::ComponentSection { .. } => depth += 1,
                Payload::End(_) => depth = depth.saturating_sub(1),
                _ => {}
            }
        }
        let maps = rewriting.register();
        Ok(Self {
            wasm: rewriting.component.finish(),
            maps,
            modules: rewriting.modules,
            modules_all: rewriting.modules_all,
        })
    }
}

impl Rewriting {
    fn section(&mut self, payload: &Payload<'_>, wasm: &[u8]) -> Result<(), BinaryReaderError> {
        if let Payload::ModuleSection {
            unchecked_range, ..
        } = payload
        {
            let module = wasm.get(unchecked_range.clone()).unwrap_or_default();
            return self.module(module);
        }
        self.counts.add(payload)?;
        if let Payload::InstanceSection(instances) = payload {
            let first = self.counts.core_instances.saturating_sub(instances.count());
            for (place, instance) in instances.clone().into_iter().enumerate() {
                if let Instance::Instantiate { module_index, .. } = instance? {
                    let place = u32::try_from(place).unwrap_or(u32::MAX);
                    self.instances
                        .push((first.saturating_add(place), module_index));
                }
            }
        }
        if let Some((id, range)) = payload.as_section() {
            let data = wasm.get(range).unwrap_or_default();
            self.component.section(&RawSection { id, data });
        }
        Ok(())
    }

    fn module(&mut self, module: &[u8]) -> Result<(), BinaryReaderError> {
        let number = self.counts.core_modules;
        self.counts.core_modules = number.saturating_add(1);
        let counted = count(module, number, self.noted)?;
        let data = counted.as_ref().map_or(module, |counted| &counted.wasm);
        // The id of a module in a component.
        self.component.section(&RawSection { id: 1, data });
        if let Some(counted) = counted {
            self.modules = self.modules.saturating_add(1);
            let map = EdgeMap {
                edges: counted.edges,
                compared: counted.compared,
                bytes: counted.bytes,
            };
            self.maps.push((number, map));
        }
        Ok(())
    }

    /// Adds the import, and for each instance that counts a module that calls it.
    fn register(&mut self) -> Vec<EdgeMap> {
        let maps = std::mem::take(&mut self.maps);
        let instances = std::mem::take(&mut self.instances);
        let of = |module: u32| maps.iter().find(|(number, _)| *number == module);
        let counting: Vec<_> = instances
            .iter()
            .filter_map(|(instance, module)| Some((*instance, &of(*module)?.1)))
            .collect();
        if counting.is_empty() {
            return Vec::new();
        }
        let list = self.counts.types;
        let mut types = ComponentTypeSection::new();
        types.defined_type().list(PrimitiveValType::U8);
        types
            .function()
            .params([("counters", wasm_encoder::ComponentValType::Type(list))])
            .result(None);
        self.component.section(&types);
        let mut imports = ComponentImportSection::new();
        imports.import(REGISTER, ComponentTypeRef::Func(list.saturating_add(1)));
        self.component.section(&imports);
        for (instance, map) in &counting {
            self.register_one(*instance, map.bytes);
        }
        counting.into_iter().map(|(_, map)| map.clone()).collect()
    }

    fn register_one(&mut self, instance: u32, length: u64) {
        let counts = &mut self.counts;
        self.component.section(&ModuleSection(&registering(length)));
        let mut aliases = ComponentAliasSection::new();
        aliases.alias(Alias::CoreInstanceExport {
            instance,
            kind: ExportKind::Memory,
            name: COUNTERS,
        });
        self.component.section(&aliases);
        let mut canonical = CanonicalFunctionSection::new();
        let memory = CanonicalOption::Memory(counts.core_memories);
        canonical.lower(counts.functions, [memory]);
        self.component.section(&canonical);
        let mut instances = InstanceSection::new();
        instances.export_items([("register", ExportKind::Func, counts.core_functions)]);
        let arguments = ModuleArg::Instance(counts.core_instances);
        instances.instantiate(counts.core_modules, [("host", arguments)]);
        self.component.section(&instances);
        counts.core_modules += 1;
        counts.core_memories += 1;
        counts.core_functions += 1;
        counts.core_instances += 2;
    }
}

/// A module that registers so many counters when it starts.
fn registering(length: u64) -> Module {
    let mut types = TypeSection::new();
    types.ty().function([ValType::I32, ValType::I32], []);
    types.ty().function([], []);
    let mut imports = ImportSection::new();
    imports.import("host", "register", EntityType::Function(0));
    let mut functions = FunctionSection::new();
    functions.function(1);
    let mut start = Function::new([]);
    start.instruction(&Instruction::I32Const(0));
    let length = i32::try_from(length).unwrap_or(i32::MAX);
    start.instruction(&Instruction::I32Const(length));
    start.instruction(&Instruction::Call(0));
    start.instruction(&Instruction::End);
    let mut code = CodeSection::new();
    code.function(&start);
    let mut module = Module::new();
    module.section(&types).section(&imports).section(&functions);
    module
        .section(&StartSection { function_index: 1 })
        .section(&code);
    module
}

impl Counts {
    fn add(&mut self, payload: &Payload<'_>) -> Result<(), BinaryReaderError> {
        match payload {
            Payload::InstanceSection(instances) => self.core_instances += instances.count(),
            Payload::ComponentTypeSection(types) => self.types += types.count(),
            Payload::ComponentImportSection(imports) => {
                for import in imports.clone() {
                    match import?.ty {
                        TypeRef::Module(_) => self.core_modules += 1,
                        TypeRef::Func(_) => self.functions += 1,
                        TypeRef::Type(_) => self.types += 1,
                        TypeRef::Value(_) | TypeRef::Instance(_) | TypeRef::Component(_) => {}
                    }
                }
            }
            Payload::ComponentExportSection(exports) => {
                for export in exports.clone() {
                    self.add_kind(export?.kind);
                }
            }
            Payload::ComponentAliasSection(aliases) => {
                for alias in aliases.clone() {
                    self.add_alias(&alias?);
                }
            }
            Payload::ComponentCanonicalSection(canonical) => {
                for function in canonical.clone() {
                    if matches!(function?, CanonicalFunction::Lift { .. }) {
                        self.functions += 1;
                    } else {
                        self.core_functions += 1;
                    }
                }
            }
            _ => {}
        }
        Ok(())
    }

    fn add_alias(&mut self, alias: &ComponentAlias<'_>) {
        match alias {
            ComponentAlias::InstanceExport { kind, .. } => self.add_kind(*kind),
            ComponentAlias::CoreInstanceExport { kind, .. } => match kind {
                ExternalKind::Func | ExternalKind::FuncExact => self.core_functions += 1,
                ExternalKind::Memory => self.core_memories += 1,
                ExternalKind::Table | ExternalKind::Global | ExternalKind::Tag => {}
            },
            ComponentAlias::Outer { kind, .. } => match kind {
                ComponentOuterAliasKind::CoreModule => self.core_modules += 1,
                ComponentOuterAliasKind::Type => self.types += 1,
                ComponentOuterAliasKind::CoreType | ComponentOuterAliasKind::Component => {}
            },
        }
    }

    fn add_kind(&mut self, kind: ComponentExternalKind) {
        match kind {
            ComponentExternalKind::Module => self.core_modules += 1,
            ComponentExternalKind::Func => self.functions += 1,
            ComponentExternalKind::Type => self.types += 1,
            ComponentExternalKind::Value
            | ComponentExternalKind::Instance
            | ComponentExternalKind::Component => {}
        }
    }
}
