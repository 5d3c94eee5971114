//! Where the items of a component come from, by their numbers.

use wasmparser::{
    CanonicalFunction, ComponentAlias, ComponentExport, ComponentExternalKind, ComponentImport,
    ComponentInstance, ComponentTypeRef, ExternalKind,
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

/// A component function.
#[derive(Clone, Copy)]
enum Function<'a> {
    /// Of an imported interface: its name, the function's.
    Imported(&'a str, &'a str),
    /// The component's own, by its number among those.
    Lifted(usize),
    /// Anything else.
    Other,
}

/// A component instance.
#[derive(Clone, Copy)]
enum Instance<'a> {
    /// An imported interface, by its name.
    Imported(&'a str),
    /// Made around one function of the component's own, by its number among those. A nested component that runs no code
    /// can give nothing out as a function but that.
    Around(usize),
    /// Anything else.
    Other,
}

/// The items of a component's top level so far.
#[derive(Default)]
pub(super) struct Provenance<'a> {
    core_functions: Vec<CoreFunction<'a>>,
    /// Core memories: the instance, and the name it exports the memory under.
    memories: Vec<(u32, &'a str)>,
    functions: Vec<Function<'a>>,
    /// How many of them are the component's own.
    lifted: usize,
    instances: Vec<Instance<'a>>,
    /// Types: interface and name, of those that an imported interface exports.
    types: Vec<Option<(&'a str, &'a str)>>,
    /// Exported interfaces: the name, and the one function of the component's own that each is made of, by its number.
    exports: Vec<(&'a str, usize)>,
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

    /// The name of the exported interface that is made of this function of the component's own, by its number.
    pub(super) fn exported(&self, lifted: usize) -> Option<&'a str> {
        let mut exports = self.exports.iter();
        let (name, _) = exports.find(|(_, function)| *function == lifted)?;
        Some(name)
    }

    pub(super) fn import(&mut self, import: &ComponentImport<'a>) -> Result<(), NotBare> {
        match import.ty {
            ComponentTypeRef::Instance(_) => {
                let imported = Instance::Imported(import.name.name);
                self.instances.push(imported);
            }
            ComponentTypeRef::Type(_) => self.types.push(None),
            ComponentTypeRef::Func(_) => self.functions.push(Function::Other),
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

    /// An instance that the component makes.
    pub(super) fn instance(&mut self, instance: &ComponentInstance<'a>) -> Result<(), NotBare> {
        let mut made = Instance::Other;
        if let ComponentInstance::Instantiate { args, .. } = instance {
            let mut functions = args
                .iter()
                .filter(|arg| arg.kind == ComponentExternalKind::Func);
            if let (Some(only), None) = (functions.next(), functions.next())
                && let Function::Lifted(lifted) = item(&self.functions, only.index)?
            {
                made = Instance::Around(lifted);
            }
        }
        self.instances.push(made);
        Ok(())
    }

    /// An export is one more item of its kind.
    pub(super) fn export(&mut self, export: &ComponentExport<'a>) -> Result<(), NotBare> {
        match export.kind {
            ComponentExternalKind::Func => self.functions.push(Function::Other),
            ComponentExternalKind::Type => self.types.push(None),
            ComponentExternalKind::Instance => {
                let instance = item(&self.instances, export.index)?;
                if let Instance::Around(lifted) = instance {
                    self.exports.push((export.name.name, lifted));
                }
                self.instances.push(instance);
            }
            ComponentExternalKind::Module
            | ComponentExternalKind::Value
            | ComponentExternalKind::Component => {}
        }
        Ok(())
    }

    pub(super) fn alias(&mut self, alias: &ComponentAlias<'a>) -> Result<(), NotBare> {
        match *alias {
            ComponentAlias::InstanceExport {
                kind,
                instance_index,
                name,
            } => {
                let import = match item(&self.instances, instance_index)? {
                    Instance::Imported(import) => Some(import),
                    Instance::Around(_) | Instance::Other => None,
                };
                match kind {
                    ComponentExternalKind::Func => {
                        let of = import.map(|import| Function::Imported(import, name));
                        self.functions.push(of.unwrap_or(Function::Other));
                    }
                    ComponentExternalKind::Type => {
                        self.types.push(import.map(|import| (import, name)));
                    }
                    ComponentExternalKind::Instance => self.instances.push(Instance::Other),
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
                self.functions.push(Function::Lifted(self.lifted));
                self.lifted += 1;
                return Ok(());
            }
            CanonicalFunction::Lower { func_index, .. } => {
                match item(&self.functions, *func_index)? {
                    Function::Imported(interface, name) => CoreFunction::Call(interface, name),
                    Function::Lifted(_) | Function::Other => CoreFunction::Other,
                }
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
