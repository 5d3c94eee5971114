//! What a compiler is going to see of a component: one linear pass before it does.
//!
//! Compilers take more than linear time and memory for some shapes, and instances of components
//! multiply. What comes from a stranger is therefore measured first, by sizes alone: nothing here
//! decides what a component means, and nothing is kept but numbers.

mod flow;
mod functions;
mod instances;

use wasmparser::{ElementItems, Encoding, Parser, Payload};

use self::functions::Functions;
use self::instances::Definition;
use crate::{ComponentLimits, ComponentRefusal};

/// A component's sizes.
#[derive(Clone, Debug, Default)]
pub(crate) struct Shape {
    modules: u64,
    components: u64,
    nesting: u64,
    instances: u64,
    modules_started: u64,
    description_bytes: u64,
    types: u64,
    tables: u64,
    entries: u64,
    functions: u64,
    function_bytes: u64,
    locals: u64,
    block_nesting: u64,
    loop_nesting: u64,
    function_flow: u64,
    flow: u64,
}

/// A limit of a component's shape that is exceeded.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
#[error("it has {value} {what}, more than {limit}, {}", self.way_out())]
pub struct TooLarge {
    /// What there is too much of.
    pub what: &'static str,
    /// How much there is, or how much there is at least: counting ends here.
    pub value: u64,
    /// How much there may be.
    pub limit: u64,
    /// The key of `[server]` that sets the limit; none where it is fixed.
    pub key: Option<&'static str>,
}

impl TooLarge {
    fn way_out(&self) -> String {
        match self.key {
            Some(key) => format!("which {key} in [server] sets"),
            None => "which no key of the configuration changes".to_owned(),
        }
    }
}

/// Why a component is not compiled.
pub(crate) enum Unfit {
    Broken(wasmparser::Error),
    TooLarge(TooLarge),
}

impl From<wasmparser::Error> for Unfit {
    fn from(error: wasmparser::Error) -> Self {
        Self::Broken(error)
    }
}

impl From<Unfit> for ComponentRefusal {
    fn from(unfit: Unfit) -> Self {
        match unfit {
            Unfit::Broken(error) => Self::NotAComponent(error.to_string()),
            Unfit::TooLarge(too_large) => Self::TooLarge(too_large),
        }
    }
}

/// Holds a value against a limit that no key changes.
fn fixed(what: &'static str, value: u64, limit: u64) -> Result<(), Unfit> {
    keyed(what, value, limit, None)
}

/// Holds a value against a limit.
fn keyed(
    what: &'static str,
    value: u64,
    limit: u64,
    key: impl Into<Option<&'static str>>,
) -> Result<(), Unfit> {
    if value <= limit {
        return Ok(());
    }
    let key = key.into();
    Err(Unfit::TooLarge(TooLarge {
        what,
        value,
        limit,
        key,
    }))
}

fn wide(number: usize) -> u64 {
    u64::try_from(number).unwrap_or(u64::MAX)
}

/// A module or a component that is being read.
enum Open {
    Module(Functions),
    Component(Definition),
}

struct Surveyor<'l> {
    limits: &'l ComponentLimits,
    shape: Shape,
    open: Vec<Open>,
}

impl Shape {
    /// Measures a component.
    ///
    /// # Errors
    /// The first limit that it exceeds, or where it cannot be read.
    pub(crate) fn measure(component: &[u8], limits: &ComponentLimits) -> Result<Self, Unfit> {
        keyed(
            "bytes",
            wide(component.len()),
            wide(limits.bytes_max),
            "component_bytes_max",
        )?;
        let mut surveyor = Surveyor {
            limits,
            shape: Self::default(),
            open: Vec::new(),
        };
        for payload in Parser::new(0).parse_all(component) {
            surveyor.payload(&payload?)?;
        }
        Ok(surveyor.shape)
    }
}

impl Surveyor<'_> {
    fn payload(&mut self, payload: &Payload<'_>) -> Result<(), Unfit> {
        match payload {
            Payload::Version { encoding, .. } => self.begin(*encoding),
            Payload::End(_) => {
                self.end();
                Ok(())
            }
            Payload::CustomSection(_) => Ok(()),
            Payload::CodeSectionEntry(body) => match self.open.last_mut() {
                Some(Open::Module(functions)) => functions.body(body, self.limits, &mut self.shape),
                Some(Open::Component(_)) | None => Ok(()),
            },
            payload => match self.open.last() {
                Some(Open::Module(_)) => self.in_module(payload),
                Some(Open::Component(_)) | None => self.in_component(payload),
            },
        }
    }

    fn begin(&mut self, encoding: Encoding) -> Result<(), Unfit> {
        match encoding {
            Encoding::Module => {
                self.shape.modules += 1;
                self.open.push(Open::Module(Functions::default()));
                fixed("modules", self.shape.modules, ComponentLimits::MODULES_MAX)
            }
            Encoding::Component => {
                self.shape.components += 1;
                self.open.push(Open::Component(Definition::default()));
                self.shape.nesting = self.shape.nesting.max(wide(self.open.len()));
                fixed(
                    "components in it",
                    self.shape.components,
                    ComponentLimits::COMPONENTS_MAX,
                )?;
                fixed(
                    "components inside each other",
                    self.shape.nesting,
                    ComponentLimits::NESTING_MAX,
                )
            }
        }
    }

    fn in_component(&mut self, payload: &Payload<'_>) -> Result<(), Unfit> {
        if let Payload::ModuleSection { .. } | Payload::ComponentSection { .. } = payload {
            return Ok(());
        }
        let bytes = payload.as_section().map_or(0, |(_, range)| range.len());
        self.shape.description_bytes += wide(bytes);
        fixed(
            "bytes of types, imports and exports",
            self.shape.description_bytes,
            ComponentLimits::DESCRIPTION_BYTES_MAX,
        )?;
        self.count_instances(payload)
    }

    fn in_module(&mut self, payload: &Payload<'_>) -> Result<(), Unfit> {
        let Some(Open::Module(functions)) = self.open.last_mut() else {
            return Ok(());
        };
        let shape = &mut self.shape;
        match payload {
            Payload::TypeSection(section) => functions.types(section, shape)?,
            Payload::ImportSection(section) => functions.imports(section, shape)?,
            Payload::FunctionSection(section) => {
                functions.functions(section, self.limits, shape)?;
            }
            Payload::TableSection(section) => {
                shape.tables += u64::from(section.count());
                fixed("tables", shape.tables, ComponentLimits::TABLES_MAX)?;
            }
            Payload::ElementSection(section) => {
                shape.entries(section.count().into())?;
                for element in section.clone() {
                    let items = match element?.items {
                        ElementItems::Functions(items) => items.count(),
                        ElementItems::Expressions(_, items) => items.count(),
                    };
                    shape.entries(items.into())?;
                }
            }
            Payload::MemorySection(section) => shape.entries(section.count().into())?,
            Payload::TagSection(section) => shape.entries(section.count().into())?,
            Payload::GlobalSection(section) => shape.entries(section.count().into())?,
            Payload::ExportSection(section) => shape.entries(section.count().into())?,
            Payload::DataSection(section) => shape.entries(section.count().into())?,
            _ => {}
        }
        Ok(())
    }
}

impl Shape {
    /// Imports, exports, globals, memories, segments, elements of segments.
    fn entries(&mut self, more: u64) -> Result<(), Unfit> {
        self.entries = self.entries.saturating_add(more);
        fixed(
            "imports, exports, globals and segments",
            self.entries,
            ComponentLimits::ENTRIES_MAX,
        )
    }
}
