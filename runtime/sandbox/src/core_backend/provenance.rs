//! Where the items of a component come from, by their numbers.
//!
//! Only the items that the direct layout has are known; every other one is refused, also where
//! nothing seems to come of it. How many items there are of each kind is not taken from here alone:
//! after each section the validator is asked, so that no item can shift a number unnoticed.

use wasmparser::types::TypesRef;
use wasmparser::{
    CanonicalFunction, ComponentAlias, ComponentExport, ComponentExternName, ComponentExternalKind,
    ComponentImport, ComponentInstance, ComponentType, ComponentTypeRef, ExternalKind,
};

use super::NotEligible;
use super::nested::FUNCTION;

/// A core function.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum CoreFunction<'a> {
    /// An export of this core instance.
    Guest(u32, &'a str),
    /// A call of an imported interface: its name, the function's.
    Call(&'a str, &'a str),
    /// Giving back a handle to a resource of an imported interface: its name, the resource's.
    Drop(&'a str, &'a str),
}

/// A component function.
#[derive(Clone, Copy)]
enum Function<'a> {
    /// Of an imported interface: its name, the function's.
    Imported(&'a str, &'a str),
    /// The component's own, by its number among those.
    Lifted(usize),
}

/// A component instance.
#[derive(Clone, Copy)]
enum Instance<'a> {
    /// An imported interface, by its name.
    Imported(&'a str),
    /// Made around one function of the component's own, by its number among those, by a nested
    /// component that gives that function out again and has no other.
    Around(usize),
}

/// The items of a component's top level so far.
#[derive(Default)]
pub(super) struct Provenance<'a> {
    modules: usize,
    components: usize,
    core_instances: usize,
    core_functions: Vec<CoreFunction<'a>>,
    /// Core memories: the instance, and the name it exports the memory under.
    memories: Vec<(u32, &'a str)>,
    functions: Vec<Function<'a>>,
    /// How many of them are the component's own.
    lifted: usize,
    instances: Vec<Instance<'a>>,
    /// Types: interface and name, of those that an imported interface exports.
    types: Vec<Option<(&'a str, &'a str)>>,
    /// Exported interfaces: the name, and the one function of the component's own that each is made
    /// of, by its number.
    exports: Vec<(&'a str, usize)>,
}

const UNKNOWN: NotEligible = NotEligible("it refers to an item that it does not have");
const IMPORTS: NotEligible = NotEligible("it imports more than interfaces");
const EXPORTS: NotEligible = NotEligible("it exports more than handlers of events");

fn item<T: Copy>(items: &[T], number: u32) -> Result<T, NotEligible> {
    let number = usize::try_from(number).map_err(|_| UNKNOWN)?;
    items.get(number).copied().ok_or(UNKNOWN)
}

/// A name without anything beside it.
pub(super) fn plain<'a>(name: &ComponentExternName<'a>) -> Result<&'a str, NotEligible> {
    match *name {
        ComponentExternName {
            name,
            implements: None,
            version_suffix: None,
            external_id: None,
        } => Ok(name),
        _ => Err(NotEligible("a name in it says more than a name")),
    }
}

impl<'a> Provenance<'a> {
    /// Whether the validator has counted as many items of each kind. What is not counted here there
    /// must not be.
    pub(super) fn agrees(&self, types: TypesRef<'_>) -> bool {
        let counted = [
            types.module_count(),
            types.component_count(),
            types.core_instance_count(),
            types.function_count(),
            types.memory_count(),
            types.component_function_count(),
            types.component_instance_count(),
            types.component_type_count(),
        ];
        let known = [
            self.modules,
            self.components,
            self.core_instances,
            self.core_functions.len(),
            self.memories.len(),
            self.functions.len(),
            self.instances.len(),
            self.types.len(),
        ];
        let others = [
            types.table_count(),
            types.global_count(),
            types.tag_count(),
            types.value_count(),
            types.core_type_count_in_component(),
        ];
        counted.map(|count| usize::try_from(count).ok()) == known.map(Some) && others == [0; 5]
    }

    pub(super) fn module(&mut self) {
        self.modules += 1;
    }

    pub(super) fn component(&mut self) {
        self.components += 1;
    }

    pub(super) fn core_instance(&mut self) {
        self.core_instances += 1;
    }

    pub(super) fn core_function(&self, number: u32) -> Result<CoreFunction<'a>, NotEligible> {
        item(&self.core_functions, number)
    }

    pub(super) fn memory(&self, number: u32) -> Result<(u32, &'a str), NotEligible> {
        item(&self.memories, number)
    }

    /// The names of the exported interfaces, in the order of the component's own functions, of
    /// which each is made of one.
    pub(super) fn exported(&self) -> Result<Vec<&'a str>, NotEligible> {
        let name = |lifted: usize| {
            let mut exports = self.exports.iter().filter(|(_, of)| *of == lifted);
            match (exports.next(), exports.next()) {
                (Some((name, _)), None) => Ok(*name),
                _ => Err(EXPORTS),
            }
        };
        (0..self.lifted).map(name).collect()
    }

    pub(super) fn import(&mut self, import: &ComponentImport<'a>) -> Result<(), NotEligible> {
        match import.ty {
            ComponentTypeRef::Instance(_) => {
                let imported = Instance::Imported(plain(&import.name)?);
                self.instances.push(imported);
                Ok(())
            }
            ComponentTypeRef::Type(_)
            | ComponentTypeRef::Func(_)
            | ComponentTypeRef::Module(_)
            | ComponentTypeRef::Value(_)
            | ComponentTypeRef::Component(_) => Err(IMPORTS),
        }
    }

    /// A type of its own.
    pub(super) fn define_type(&mut self, ty: &ComponentType<'a>) -> Result<(), NotEligible> {
        match ty {
            ComponentType::Defined(_) | ComponentType::Func(_) | ComponentType::Instance(_) => {
                self.types.push(None);
                Ok(())
            }
            ComponentType::Component(_) | ComponentType::Resource { .. } => {
                Err(NotEligible("it defines components or resources of its own"))
            }
        }
    }

    /// An instance that the component makes: of a nested component, which is given one function and
    /// types.
    pub(super) fn instance(&mut self, instance: &ComponentInstance<'a>) -> Result<(), NotEligible> {
        const UNUSUAL: NotEligible = NotEligible("an instance in it is not made of one handler");

        let ComponentInstance::Instantiate { args, .. } = instance else {
            return Err(UNUSUAL);
        };
        let mut around = None;
        for arg in args {
            match arg.kind {
                ComponentExternalKind::Func if around.is_none() && arg.name == FUNCTION => {
                    around = Some(item(&self.functions, arg.index)?);
                }
                ComponentExternalKind::Type => {}
                ComponentExternalKind::Func
                | ComponentExternalKind::Module
                | ComponentExternalKind::Value
                | ComponentExternalKind::Instance
                | ComponentExternalKind::Component => return Err(UNUSUAL),
            }
        }
        let Some(Function::Lifted(lifted)) = around else {
            return Err(UNUSUAL);
        };
        self.instances.push(Instance::Around(lifted));
        Ok(())
    }

    /// An export is one more item of its kind.
    pub(super) fn export(&mut self, export: &ComponentExport<'a>) -> Result<(), NotEligible> {
        match export.kind {
            ComponentExternalKind::Instance if export.ty.is_none() => {
                let instance = item(&self.instances, export.index)?;
                let Instance::Around(lifted) = instance else {
                    return Err(EXPORTS);
                };
                self.exports.push((plain(&export.name)?, lifted));
                self.instances.push(instance);
                Ok(())
            }
            ComponentExternalKind::Instance
            | ComponentExternalKind::Func
            | ComponentExternalKind::Type
            | ComponentExternalKind::Module
            | ComponentExternalKind::Value
            | ComponentExternalKind::Component => Err(EXPORTS),
        }
    }

    pub(super) fn alias(&mut self, alias: &ComponentAlias<'a>) -> Result<(), NotEligible> {
        const UNUSUAL: NotEligible =
            NotEligible("it takes more than functions and types from instances");

        match *alias {
            ComponentAlias::InstanceExport {
                kind,
                instance_index,
                name,
            } => {
                let Instance::Imported(import) = item(&self.instances, instance_index)? else {
                    return Err(UNUSUAL);
                };
                match kind {
                    ComponentExternalKind::Func => {
                        self.functions.push(Function::Imported(import, name));
                    }
                    ComponentExternalKind::Type => self.types.push(Some((import, name))),
                    ComponentExternalKind::Instance
                    | ComponentExternalKind::Module
                    | ComponentExternalKind::Value
                    | ComponentExternalKind::Component => return Err(UNUSUAL),
                }
            }
            ComponentAlias::CoreInstanceExport {
                kind,
                instance_index,
                name,
            } => match kind {
                ExternalKind::Func => {
                    let function = CoreFunction::Guest(instance_index, name);
                    self.core_functions.push(function);
                }
                ExternalKind::Memory => self.memories.push((instance_index, name)),
                ExternalKind::FuncExact
                | ExternalKind::Table
                | ExternalKind::Global
                | ExternalKind::Tag => return Err(UNUSUAL),
            },
            ComponentAlias::Outer { .. } => {
                return Err(NotEligible("it refers to what is around it"));
            }
        }
        Ok(())
    }

    /// A function that the component defines. Its options are for the caller to check.
    pub(super) fn canonical(&mut self, canonical: &CanonicalFunction) -> Result<(), NotEligible> {
        const UNUSUAL: NotEligible =
            NotEligible("it uses more than calls and handles of interfaces");

        let core = match canonical {
            CanonicalFunction::Lift { .. } => {
                self.functions.push(Function::Lifted(self.lifted));
                self.lifted += 1;
                return Ok(());
            }
            CanonicalFunction::Lower { func_index, .. } => {
                match item(&self.functions, *func_index)? {
                    Function::Imported(interface, name) => CoreFunction::Call(interface, name),
                    Function::Lifted(_) => return Err(UNUSUAL),
                }
            }
            CanonicalFunction::ResourceDrop { resource } => {
                let (interface, name) = item(&self.types, *resource)?.ok_or(UNUSUAL)?;
                CoreFunction::Drop(interface, name)
            }
            _ => return Err(UNUSUAL),
        };
        self.core_functions.push(core);
        Ok(())
    }
}
