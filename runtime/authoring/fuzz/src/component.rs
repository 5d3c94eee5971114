//! A component, with counters in its modules.

mod counts;
mod nested;
mod registering;

use wasm_encoder::reencode::{self, ReencodeComponent};
use wasm_encoder::{
    Alias, CanonicalFunctionSection, CanonicalOption, Component, ComponentAliasSection,
    ComponentImportSection, ComponentTypeRef, ComponentTypeSection, ComponentValType, ExportKind,
    InstanceSection, ModuleArg, ModuleSection, NestedComponentSection, PrimitiveValType,
    RawSection,
};
use wasmparser::{Instance, Parser, Payload};

use crate::edge::{Compared, Edge};
use crate::module::{COUNTERS, Noted, count};
use crate::ring::{Comparison, Ring};
use counts::Counts;
use nested::{Level, Nested, Within, names_components, nests_code};
use registering::registering;

/// The import by which an instrumented component hands its counters over, a list of bytes for each
/// module in the order of their instances. No server offers it.
pub const REGISTER: &str = "evroute-fuzz-register";

/// A component cannot be rewritten.
#[derive(Debug, thiserror::Error)]
#[error("it is not a component that can be instrumented: {0}")]
pub struct InstrumentError(#[source] Box<dyn std::error::Error + Send + Sync>);

impl From<wasmparser::Error> for InstrumentError {
    fn from(why: wasmparser::Error) -> Self {
        Self(Box::new(why))
    }
}

impl From<reencode::Error> for InstrumentError {
    fn from(why: reencode::Error) -> Self {
        match why {
            reencode::Error::ParseError(why) => why.into(),
            other => Self(Box::new(other)),
        }
    }
}

/// A component that counts the ways it takes.
#[derive(Clone, Debug)]
pub struct Instrumented {
    /// Its bytes.
    pub wasm: Vec<u8>,
    /// What each list that it registers is of.
    pub maps: Vec<EdgeMap>,
    /// How many of the maps, the last ones, are of modules that the component has itself.
    pub own: usize,
    /// How many modules count: those with code and a memory.
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

/// A component on its way into another one.
struct Rewriting<'a> {
    component: Component,
    noted: Noted,
    counts: Counts,
    /// What the components around it and it itself have put in front.
    levels: &'a mut Vec<Level>,
    modules: &'a mut Modules,
    /// What each module of the component itself notes, by its index there.
    maps: Vec<(u32, EdgeMap)>,
    /// Instances of those modules.
    instances: Vec<(u32, u32)>,
    /// Its own import is there.
    imports: bool,
    /// The components within it, by their index there.
    nested: Vec<Within>,
    /// What is registered, in that order.
    registered: Vec<EdgeMap>,
    /// How many of it, the last ones, are of its own modules.
    own: usize,
}

/// The modules of the whole component.
#[derive(Default)]
struct Modules {
    all: u32,
    counted: u32,
    /// Those of components within it are counted, too.
    with_nested: bool,
}

impl Instrumented {
    /// Rewrites a component.
    ///
    /// # Errors
    /// [`InstrumentError`] for bytes that are no component.
    pub fn of(wasm: &[u8], noted: Noted) -> Result<Self, InstrumentError> {
        let mut modules = Modules {
            with_nested: !names_components(wasm)?,
            ..Modules::default()
        };
        let mut levels = Vec::new();
        let rewriting = Rewriting::of(wasm, noted, &mut levels, &mut modules)?;
        Ok(Self {
            wasm: rewriting.component.finish(),
            maps: rewriting.registered,
            own: rewriting.own,
            modules: modules.counted,
            modules_all: modules.all,
        })
    }
}

impl<'a> Rewriting<'a> {
    /// One component, and those within it.
    fn of(
        wasm: &[u8],
        noted: Noted,
        levels: &'a mut Vec<Level>,
        modules: &'a mut Modules,
    ) -> Result<Self, InstrumentError> {
        let level = match modules.with_nested && nests_code(wasm)? {
            true => Level::Import,
            false => Level::AsItWas,
        };
        levels.push(level);
        let mut rewriting = Rewriting {
            component: Component::new(),
            noted,
            counts: Counts::default(),
            levels,
            modules,
            maps: Vec::new(),
            instances: Vec::new(),
            imports: false,
            nested: Vec::new(),
            registered: Vec::new(),
            own: 0,
        };
        if level == Level::Import {
            rewriting.import();
        }
        let mut depth = 0_u32;
        for payload in Parser::new(0).parse_all(wasm) {
            let payload = payload?;
            let around = depth;
            match payload {
                Payload::ModuleSection { .. } | Payload::ComponentSection { .. } => depth += 1,
                Payload::End(_) => depth = depth.saturating_sub(1),
                _ => {}
            }
            if around == 0 {
                rewriting.section(payload, wasm)?;
            }
        }
        rewriting.register();
        rewriting.levels.pop();
        Ok(rewriting)
    }

    fn section(&mut self, payload: Payload<'_>, wasm: &[u8]) -> Result<(), InstrumentError> {
        match &payload {
            Payload::ModuleSection {
                unchecked_range, ..
            } => {
                let module = wasm.get(unchecked_range.clone()).unwrap_or_default();
                return self.module(module);
            }
            Payload::ComponentSection {
                unchecked_range, ..
            } => {
                let nested = wasm.get(unchecked_range.clone()).unwrap_or_default();
                let nested = Rewriting::of(nested, self.noted, self.levels, self.modules)?;
                let (component, within) = (
                    nested.component,
                    Within {
                        imports: nested.imports,
                        registers: nested.registered,
                    },
                );
                self.component.section(&NestedComponentSection(&component));
                self.nested.push(within);
                return Ok(());
            }
            _ => {}
        }
        self.counts.add(&payload)?;
        if let Payload::InstanceSection(instances) = &payload {
            let first = self.counts.core_instances.saturating_sub(instances.count());
            for (place, instance) in instances.clone().into_iter().enumerate() {
                if let Instance::Instantiate { module_index, .. } = instance? {
                    let place = u32::try_from(place).unwrap_or(u32::MAX);
                    self.instances
                        .push((first.saturating_add(place), module_index));
                }
            }
        }
        self.copy(payload, wasm)
    }

    /// Copies a section; where something was put in front of what it names, by new numbers.
    fn copy(&mut self, payload: Payload<'_>, wasm: &[u8]) -> Result<(), InstrumentError> {
        let Some((id, range)) = payload.as_section() else {
            return Ok(());
        };
        let data = wasm.get(range).unwrap_or_default();
        let is_custom = matches!(payload, Payload::CustomSection(_));
        if is_custom || self.levels.iter().all(|level| *level == Level::AsItWas) {
            self.component.section(&RawSection { id, data });
            return Ok(());
        }
        let mut nested = Nested::new(self.levels, &self.nested);
        nested.parse_component_payload(&mut self.component, payload, wasm)?;
        self.registered.append(&mut nested.registered);
        Ok(())
    }

    fn module(&mut self, module: &[u8]) -> Result<(), InstrumentError> {
        let index = self.counts.core_modules;
        self.counts.core_modules = index.saturating_add(1);
        let number = self.modules.all;
        self.modules.all = number.saturating_add(1);
        let counted = match self.levels.len() == 1 || self.modules.with_nested {
            true => count(module, number, self.noted)?,
            false => None,
        };
        let data = counted.as_ref().map_or(module, |counted| &counted.wasm);
        // The id of a module in a component.
        self.component.section(&RawSection { id: 1, data });
        if let Some(counted) = counted {
            self.modules.counted = self.modules.counted.saturating_add(1);
            let map = EdgeMap {
                edges: counted.edges,
                compared: counted.compared,
                bytes: counted.bytes,
            };
            self.maps.push((index, map));
        }
        Ok(())
    }

    /// Adds the import: a type for its list, one for itself.
    fn import(&mut self) -> u32 {
        let list = self.counts.types;
        let mut types = ComponentTypeSection::new();
        types.defined_type().list(PrimitiveValType::U8);
        types
            .function()
            .params([("counters", ComponentValType::Type(list))])
            .result(None);
        self.component.section(&types);
        let mut imports = ComponentImportSection::new();
        imports.import(REGISTER, ComponentTypeRef::Func(list.saturating_add(1)));
        self.component.section(&imports);
        self.imports = true;
        let function = self.counts.functions;
        self.counts.types += nested::TYPES;
        self.counts.functions += nested::FUNCTIONS;
        function
    }

    /// Adds for each instance that counts a module that registers its counters.
    fn register(&mut self) {
        let maps = std::mem::take(&mut self.maps);
        let instances = std::mem::take(&mut self.instances);
        let of = |module: u32| maps.iter().find(|(index, _)| *index == module);
        let counting: Vec<_> = instances
            .iter()
            .filter_map(|(instance, module)| Some((*instance, &of(*module)?.1)))
            .collect();
        if counting.is_empty() {
            return;
        }
        let function = match self.levels.last() {
            // It was the first of all.
            Some(Level::Import) => 0,
            _ => self.import(),
        };
        self.own = counting.len();
        for (instance, map) in counting {
            self.register_one(function, instance, map.bytes);
            self.registered.push(map.clone());
        }
    }

    fn register_one(&mut self, function: u32, instance: u32, length: u64) {
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
        canonical.lower(function, [memory]);
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
