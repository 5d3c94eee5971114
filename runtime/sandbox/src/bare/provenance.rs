//! Where the items of a component come from, by their numbers.

use wasmparser::{
    CanonicalFunction, ComponentAlias, ComponentExternalKind, ComponentImport, ComponentTypeRef,
    ExternalKind,
};

use super::NotBare;

/// A core function.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum CoreFunction<'a> {
    /// An export of this core instance.
    Guest(u32, &'a str),
    /// A call of an imported interface: its name, the function's.
    Call(&'a str, &'a str),
    /// Giving back a handle to a resource of an imported interface: its name, the resource's.
    Drop(&'a str, &'a str),
    /// Anything else.
    Other,
}

/// The items of a component's top level so far.
#[derive(Default)]
pub(super) struct Provenance<'a> {
    core_functions: Vec<CoreFunction<'a>>,
    /// Core memories: the instance, and the name it exports the memory under.
    memories: Vec<(u32, &'a str)>,
    /// Component functions: interface and name, of those that are imported.
    functions: Vec<Option<(&'a str, &'a str)>>,
    /// Component instances: the names of those that are imported.
    instances: Vec<Option<&'a str>>,
    /// Types: interface and name, of those that an imported interface exports.
    types: Vec<Option<(&'a str, &'a str)>>,
}

const UNKNOWN: NotBare = NotBare("it refers to an item that it does not have");

fn item<T: Copy>(items: &[T], number: u32) -> Result<T, NotBare> {
    let number = usize::try_from(number).map_err(|_| UNKNOWN)?;
    items.get(number).copied().ok_or(UNKNOWN)
}

impl<'a> Provenance<'a> {
    pub(super) fn core_function(&self, number: u32) -> Result<CoreFunction<'a>, NotBare> {
        item(&self.core_functions, number)
    }

    pub(super) fn memory(&self, number: u32) -> Result<(u32, &'a str), NotBare> {
        item(&self.memories, number)
    }

    pub(super) fn import(&mut self, import: &ComponentImport<'a>) -> Result<(), NotBare> {
        match import.ty {
            ComponentTypeRef::Instance(_) => self.instances.push(Some(import.name.name)),
            ComponentTypeRef::Type(_) => self.types.push(None),
            ComponentTypeRef::Func(_) => self.functions.push(None),
            ComponentTypeRef::Module(_)
            | ComponentTypeRef::Value(_)
            | ComponentTypeRef::Component(_) => {
                return Err(NotBare("it imports more than interfaces"));
            }
        }
        Ok(())
    }

    /// A type of its own.
    pub(super) fn define_type(&mut self) {
        self.types.push(None);
    }

    /// An instance of a nested component.
    pub(super) fn define_instance(&mut self) {
        self.instances.push(None);
    }

    /// An export is one more item of its kind.
    pub(super) fn export(&mut self, kind: ComponentExternalKind) {
        match kind {
            ComponentExternalKind::Func => self.functions.push(None),
            ComponentExternalKind::Type => self.types.push(None),
            ComponentExternalKind::Instance => self.instances.push(None),
            ComponentExternalKind::Module
            | ComponentExternalKind::Value
            | ComponentExternalKind::Component => {}
        }
    }

    pub(super) fn alias(&mut self, alias: &ComponentAlias<'a>) -> Result<(), NotBare> {
        match *alias {
            ComponentAlias::InstanceExport {
                kind,
                instance_index,
                name,
            } => {
                let import = item(&self.instances, instance_index)?;
                let of = import.map(|import| (import, name));
                match kind {
                    ComponentExternalKind::Func => self.functions.push(of),
                    ComponentExternalKind::Type => self.types.push(of),
                    ComponentExternalKind::Instance => self.instances.push(None),
                    ComponentExternalKind::Module
                    | ComponentExternalKind::Value
                    | ComponentExternalKind::Component => {
                        return Err(NotBare(
                            "it takes more than functions and types from instances",
                        ));
                    }
                }
            }
            ComponentAlias::CoreInstanceExport {
                kind,
                instance_index,
                name,
            } => match kind {
                ExternalKind::Func | ExternalKind::FuncExact => {
                    let function = CoreFunction::Guest(instance_index, name);
                    self.core_functions.push(function);
                }
                ExternalKind::Memory => self.memories.push((instance_index, name)),
                ExternalKind::Table | ExternalKind::Global | ExternalKind::Tag => {}
            },
            ComponentAlias::Outer { .. } => return Err(NotBare("it refers to what is around it")),
        }
        Ok(())
    }

    /// A function that the component defines. Its options are for the caller to check.
    pub(super) fn canonical(&mut self, canonical: &CanonicalFunction) -> Result<(), NotBare> {
        let core = match canonical {
            CanonicalFunction::Lift { .. } => {
                self.functions.push(None);
                return Ok(());
            }
            CanonicalFunction::Lower { func_index, .. } => {
                let of = item(&self.functions, *func_index)?;
                of.map_or(CoreFunction::Other, |(interface, name)| {
                    CoreFunction::Call(interface, name)
                })
            }
            CanonicalFunction::ResourceDrop { resource } => {
                let of = item(&self.types, *resource)?;
                of.map_or(CoreFunction::Other, |(interface, name)| {
                    CoreFunction::Drop(interface, name)
                })
            }
            _ => CoreFunction::Other,
        };
        self.core_functions.push(core);
        Ok(())
    }
}
