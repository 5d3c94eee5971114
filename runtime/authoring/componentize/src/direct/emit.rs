use std::collections::BTreeSet;

use wasm_encoder::{
    Alias, CanonicalFunctionSection, CanonicalOption, Component, ComponentAliasSection, ExportKind,
    InstanceSection, ModuleArg, ModuleSection, RawSection,
};
use wasmparser::{CanonicalFunction, ComponentAlias, Export, ExternalKind, Instance};

use super::border::MEMORY_MODULE;
use super::guest::Guest;
use super::obstacle::Obstacle;
use super::parts::{Part, Parts};
use super::split::SplitModules;

const UNUSUAL: Obstacle = Obstacle("its instances refer to each other in an unusual way");

/// Puts the component together again around the two modules.
pub(crate) fn emit(
    parts: &Parts<'_>,
    guest: &Guest<'_>,
    split_modules: &SplitModules,
) -> Result<Vec<u8>, Obstacle> {
    let mut emitter = Emitter::new(guest, split_modules);
    for part in &parts.0 {
        match part {
            Part::Section { id, contents } => {
                emitter.component.section(&RawSection {
                    id: *id,
                    data: contents,
                });
            }
            Part::Module(_) => emitter.modules(),
            Part::Instance(instance) => emitter.instance(instance)?,
            Part::Alias(alias) => emitter.alias(alias)?,
            Part::Canonical(canonical) => emitter.canonical(canonical)?,
        }
    }
    Ok(emitter.component.finish())
}

/// The memory's instance needs nothing and is the first.
const MEMORY_INSTANCE: u32 = 0;
const MEMORY_HALF: u32 = 0;
const CODE_HALF: u32 = 1;

/// What a core function of the usual layout has become.
#[derive(Clone, Copy)]
enum Function<'a> {
    /// The function of this number.
    Here(u32),
    /// One of the shim's: stands for the function that the fix-up is given under this name.
    Meant(&'a str),
    /// The guest's, named before there is a guest: an allocator that nothing needs.
    Unneeded,
}

struct Emitter<'a> {
    guest: &'a Guest<'a>,
    split_modules: &'a SplitModules,
    component: Component,
    has_modules: bool,
    /// What the core functions of the usual layout have become, by their numbers there.
    functions: Vec<Function<'a>>,
    /// How many core functions there are now.
    functions_now: u32,
    /// Those that do nothing, by their numbers now.
    idle: BTreeSet<u32>,
    /// The core instances of the usual layout, by their numbers there.
    instances: Vec<&'a Instance<'a>>,
    /// How many core instances there are now.
    instances_now: u32,
    /// The number of the code's instance now.
    code: Option<u32>,
}

impl<'a> Emitter<'a> {
    fn new(guest: &'a Guest<'a>, split_modules: &'a SplitModules) -> Self {
        Self {
            guest,
            split_modules,
            component: Component::new(),
            has_modules: false,
            functions: Vec::new(),
            functions_now: 0,
            idle: BTreeSet::new(),
            instances: Vec::new(),
            instances_now: 0,
            code: None,
        }
    }

    /// Both modules stand where the first module stood.
    fn modules(&mut self) {
        if !self.has_modules {
            self.component
                .section(&ModuleSection(&self.split_modules.memory));
            self.component
                .section(&ModuleSection(&self.split_modules.code));
            self.has_modules = true;
        }
    }

    /// The memory comes in the place of the shim, the code in that of the fix-up. By then all its
    /// imports are there.
    fn instance(&mut self, instance: &'a Instance<'a>) -> Result<(), Obstacle> {
        let number = u32::try_from(self.instances.len()).unwrap_or(u32::MAX);
        self.instances.push(instance);
        if number == self.guest.shim {
            let mut section = InstanceSection::new();
            section.instantiate(MEMORY_HALF, std::iter::empty::<(&str, ModuleArg)>());
            self.define(&section);
        } else if number == self.guest.fixup {
            self.instantiate_code()?;
        }
        Ok(())
    }

    fn define(&mut self, section: &InstanceSection) -> u32 {
        self.component.section(section);
        self.instances_now += 1;
        self.instances_now - 1
    }

    fn instantiate_code(&mut self) -> Result<(), Obstacle> {
        let Instance::Instantiate { args, .. } = self.old_instance(self.guest.main)? else {
            return Err(UNUSUAL);
        };
        let mut arguments = vec![(MEMORY_MODULE, ModuleArg::Instance(MEMORY_INSTANCE))];
        for arg in args {
            let mut section = InstanceSection::new();
            section.export_items(self.imports(arg.index)?);
            arguments.push((arg.name, ModuleArg::Instance(self.define(&section))));
        }
        let mut section = InstanceSection::new();
        section.instantiate(CODE_HALF, arguments);
        self.code = Some(self.define(&section));
        Ok(())
    }

    fn old_instance(&self, number: u32) -> Result<&'a Instance<'a>, Obstacle> {
        let number = usize::try_from(number).ok();
        number
            .and_then(|number| self.instances.get(number))
            .copied()
            .ok_or(UNUSUAL)
    }

    /// One of the instances that the guest imports, with functions in the place of the shim's.
    fn imports(&self, number: u32) -> Result<Vec<(&'a str, ExportKind, u32)>, Obstacle> {
        let mut items = Vec::new();
        for export in self.old_exports(number)? {
            let function = match self.function(export)? {
                Function::Here(function) => function,
                Function::Meant(name) => self.meant(name)?,
                Function::Unneeded => return Err(UNUSUAL),
            };
            items.push((export.name, ExportKind::Func, function));
        }
        Ok(items)
    }

    fn meant(&self, name: &str) -> Result<u32, Obstacle> {
        let mut fixed = self.old_exports(self.guest.fixed)?.iter();
        let export = fixed.find(|export| export.name == name).ok_or(UNUSUAL)?;
        match self.function(export)? {
            Function::Here(function) => Ok(function),
            Function::Meant(_) | Function::Unneeded => Err(UNUSUAL),
        }
    }

    fn old_exports(&self, number: u32) -> Result<&'a [Export<'a>], Obstacle> {
        match self.old_instance(number)? {
            Instance::FromExports(exports) => Ok(exports),
            Instance::Instantiate { .. } => Err(UNUSUAL),
        }
    }

    fn function(&self, export: &Export<'_>) -> Result<Function<'a>, Obstacle> {
        let number = usize::try_from(export.index)
            .ok()
            .filter(|_| export.kind == ExternalKind::Func);
        number
            .and_then(|number| self.functions.get(number))
            .copied()
            .ok_or(UNUSUAL)
    }

    fn alias(&mut self, alias: &ComponentAlias<'a>) -> Result<(), Obstacle> {
        let alias = match *alias {
            ComponentAlias::InstanceExport {
                kind,
                instance_index,
                name,
            } => Alias::InstanceExport {
                instance: instance_index,
                kind: kind.into(),
                name,
            },
            ComponentAlias::Outer { kind, count, index } => Alias::Outer {
                kind: kind.into(),
                count,
                index,
            },
            ComponentAlias::CoreInstanceExport {
                kind,
                instance_index,
                name,
            } if instance_index == self.guest.shim => {
                if kind == ExternalKind::Func {
                    self.functions.push(Function::Meant(name));
                }
                return Ok(());
            }
            ComponentAlias::CoreInstanceExport {
                kind,
                instance_index,
                name,
            } if instance_index == self.guest.main => {
                let is_early = kind == ExternalKind::Func && self.code.is_none();
                if is_early && Some(name) != self.guest.realloc {
                    self.functions.push(Function::Unneeded);
                    return Ok(());
                }
                self.guest_export(kind, name)?
            }
            ComponentAlias::CoreInstanceExport { .. } => return Err(UNUSUAL),
        };
        self.component
            .section(ComponentAliasSection::new().alias(alias));
        Ok(())
    }

    /// An export of the guest, now that of one of the modules.
    fn guest_export(&mut self, kind: ExternalKind, name: &'a str) -> Result<Alias<'a>, Obstacle> {
        let (instance, kind) = match kind {
            ExternalKind::Memory => (MEMORY_INSTANCE, ExportKind::Memory),
            ExternalKind::Func => {
                let function = self.new_function();
                if self.split_modules.idle.contains(name) {
                    self.idle.insert(function);
                }
                let is_realloc = Some(name) == self.guest.realloc;
                let instance = if is_realloc {
                    MEMORY_INSTANCE
                } else {
                    self.code.ok_or(UNUSUAL)?
                };
                (instance, ExportKind::Func)
            }
            _ => return Err(UNUSUAL),
        };
        Ok(Alias::CoreInstanceExport {
            instance,
            kind,
            name,
        })
    }

    fn new_function(&mut self) -> u32 {
        let function = self.functions_now;
        self.functions.push(Function::Here(function));
        self.functions_now += 1;
        function
    }

    fn canonical(&mut self, canonical: &CanonicalFunction) -> Result<(), Obstacle> {
        let mut section = CanonicalFunctionSection::new();
        match canonical {
            CanonicalFunction::Lift {
                core_func_index,
                type_index,
                options,
            } => {
                section.lift(
                    self.number(*core_func_index)?,
                    *type_index,
                    self.options(options)?,
                );
                self.component.section(&section);
                return Ok(());
            }
            CanonicalFunction::Lower {
                func_index,
                options,
            } => {
                section.lower(*func_index, self.options(options)?);
            }
            CanonicalFunction::ResourceNew { resource } => {
                section.resource_new(*resource);
            }
            CanonicalFunction::ResourceDrop { resource } => {
                section.resource_drop(*resource);
            }
            CanonicalFunction::ResourceRep { resource } => {
                section.resource_rep(*resource);
            }
            _ => {
                return Err(Obstacle(
                    "it uses more than synchronous calls and resources",
                ));
            }
        }
        self.component.section(&section);
        self.new_function();
        Ok(())
    }

    fn options(
        &self,
        options: &[wasmparser::CanonicalOption],
    ) -> Result<Vec<CanonicalOption>, Obstacle> {
        use wasmparser::CanonicalOption as Old;

        let mut kept = Vec::new();
        for option in options {
            kept.push(match *option {
                Old::UTF8 => CanonicalOption::UTF8,
                Old::UTF16 => CanonicalOption::UTF16,
                Old::CompactUTF16 => CanonicalOption::CompactUTF16,
                // Aliases of one and the same memory.
                Old::Memory(number) => CanonicalOption::Memory(number),
                Old::Realloc(function) => CanonicalOption::Realloc(self.number(function)?),
                Old::PostReturn(function) => {
                    let function = self.number(function)?;
                    if self.idle.contains(&function) {
                        continue;
                    }
                    CanonicalOption::PostReturn(function)
                }
                _ => {
                    return Err(Obstacle(
                        "it uses more than synchronous calls and resources",
                    ));
                }
            });
        }
        Ok(kept)
    }

    /// The number now of a core function that is needed before the guest is there.
    fn number(&self, function: u32) -> Result<u32, Obstacle> {
        let function = usize::try_from(function)
            .ok()
            .and_then(|f| self.functions.get(f));
        match function {
            Some(Function::Here(number)) => Ok(*number),
            Some(Function::Meant(_) | Function::Unneeded) | None => Err(UNUSUAL),
        }
    }
}
