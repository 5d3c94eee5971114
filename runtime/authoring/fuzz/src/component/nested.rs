//! Components within a component: the import is put in front of everything in those around it, so
//! that it is there when they are made, and what comes behind it has other numbers.

use wasm_encoder::reencode::{Error, Reencode, ReencodeComponent};
use wasm_encoder::{ComponentExportKind, ComponentInstanceSection};
use wasmparser::{
    ComponentAlias, ComponentExternalKind, ComponentInstance, ComponentOuterAliasKind, Encoding,
    Parser, Payload,
};

use super::{EdgeMap, REGISTER};

/// Types that the import takes: its list, and itself.
pub(super) const TYPES: u32 = 2;
/// Functions that it is.
pub(super) const FUNCTIONS: u32 = 1;

/// What stands in front of a component's own items.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Level {
    /// Nothing.
    AsItWas,
    /// The import.
    Import,
}

/// A component within another one.
pub(super) struct Within {
    /// It has the import, which it has to be given.
    pub(super) imports: bool,
    /// What each instance of it registers, in that order.
    pub(super) registers: Vec<EdgeMap>,
}

/// Sections of a component whose items, or those of components around it, have moved.
pub(super) struct Nested<'a> {
    levels: Vec<Level>,
    /// The components within this one.
    nested: &'a [Within],
    /// What instances of those have registered.
    pub(super) registered: Vec<EdgeMap>,
}

impl<'a> Nested<'a> {
    pub(super) fn new(levels: &[Level], nested: &'a [Within]) -> Self {
        Self {
            levels: levels.to_vec(),
            nested,
            registered: Vec::new(),
        }
    }

    /// How a number moves that counts from the component so far out.
    fn moved(&self, count: u32, by: u32) -> u32 {
        let out = usize::try_from(count).unwrap_or(usize::MAX);
        match self.levels.iter().rev().nth(out) {
            Some(Level::Import) => by,
            Some(Level::AsItWas) | None => 0,
        }
    }
}

impl Reencode for Nested<'_> {
    type Error = std::convert::Infallible;
}

impl ReencodeComponent for Nested<'_> {
    fn component_type_index(&mut self, ty: u32) -> u32 {
        self.outer_component_type_index(0, ty)
    }

    fn component_func_index(&mut self, function: u32) -> u32 {
        function.saturating_add(self.moved(0, FUNCTIONS))
    }

    fn outer_component_type_index(&mut self, count: u32, ty: u32) -> u32 {
        ty.saturating_add(self.moved(count, TYPES))
    }

    // The types of components and instances count by themselves.
    fn push_depth(&mut self) {
        self.levels.push(Level::AsItWas);
    }

    fn pop_depth(&mut self) {
        self.levels.pop();
    }

    fn parse_component_instance(
        &mut self,
        instances: &mut ComponentInstanceSection,
        instance: ComponentInstance<'_>,
    ) -> Result<(), Error> {
        let ComponentInstance::Instantiate {
            component_index,
            args,
        } = &instance
        else {
            return wasm_encoder::reencode::component_utils::parse_component_instance(
                self, instances, instance,
            );
        };
        let index = usize::try_from(*component_index).unwrap_or(usize::MAX);
        let within = self.nested.get(index);
        let registers = within.map_or(&[][..], |within| &within.registers);
        self.registered.extend(registers.iter().cloned());
        let has_import = within.is_some_and(|within| within.imports);
        let register = (REGISTER, ComponentExportKind::Func, 0);
        let mut given: Vec<_> = args
            .iter()
            .map(|arg| {
                let index = self.component_external_index(arg.kind, arg.index);
                (arg.name, arg.kind.into(), index)
            })
            .collect();
        given.extend(has_import.then_some(register));
        instances.instantiate(*component_index, given);
        Ok(())
    }
}

/// Whether a component within this one has a module.
pub(super) fn nests_code(wasm: &[u8]) -> Result<bool, wasmparser::Error> {
    let mut encodings = Vec::new();
    for payload in Parser::new(0).parse_all(wasm) {
        match payload? {
            Payload::Version { encoding, .. } => encodings.push(encoding),
            Payload::End(_) => {
                encodings.pop();
            }
            _ => {}
        }
        if encodings.len() > 2 && encodings.last() == Some(&Encoding::Module) {
            return Ok(true);
        }
    }
    Ok(false)
}

/// Whether components are named otherwise than by standing there: imported, exported, handed on or
/// taken from outside. Which of them is made by an instance is then not to be seen at a glance, and
/// none within is rewritten.
pub(super) fn names_components(wasm: &[u8]) -> Result<bool, wasmparser::Error> {
    let is_one = |kind| kind == ComponentExternalKind::Component;
    for payload in Parser::new(0).parse_all(wasm) {
        match payload? {
            Payload::ComponentAliasSection(aliases) => {
                for alias in aliases {
                    match alias? {
                        ComponentAlias::Outer {
                            kind: ComponentOuterAliasKind::Component,
                            ..
                        } => return Ok(true),
                        ComponentAlias::InstanceExport { kind, .. } if is_one(kind) => {
                            return Ok(true);
                        }
                        _ => {}
                    }
                }
            }
            Payload::ComponentInstanceSection(instances) => {
                for instance in instances {
                    let named = match &instance? {
                        ComponentInstance::Instantiate { args, .. } => {
                            args.iter().any(|arg| is_one(arg.kind))
                        }
                        ComponentInstance::FromExports(exports) => {
                            exports.iter().any(|export| is_one(export.kind))
                        }
                    };
                    if named {
                        return Ok(true);
                    }
                }
            }
            Payload::ComponentExportSection(exports) => {
                for export in exports {
                    if is_one(export?.kind) {
                        return Ok(true);
                    }
                }
            }
            Payload::ComponentImportSection(imports) => {
                for import in imports {
                    if matches!(import?.ty, wasmparser::ComponentTypeRef::Component(_)) {
                        return Ok(true);
                    }
                }
            }
            _ => {}
        }
    }
    Ok(false)
}
