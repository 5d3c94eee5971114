//! What a component of the direct layout is made of.

use std::collections::BTreeSet;

use wasmparser::{
    CanonicalFunction, CanonicalOption, ExternalKind, Instance, InstantiationArg, Parser, Payload,
    Validator, WasmFeatures,
};

use super::NotEligible;
use super::nested::Nested;
use super::provenance::{CoreFunction, Provenance};

/// A component that is two core modules, their imports, and functions of theirs that are exported.
pub(super) struct Plan<'a> {
    /// The module that owns the memory.
    pub(super) memory: &'a [u8],
    /// The module that has the code.
    pub(super) code: &'a [u8],
    /// What the code calls the memory's instance.
    pub(super) memory_import: &'a str,
    /// What that exports the memory as.
    pub(super) memory_name: &'a str,
    /// What that exports the allocator as.
    pub(super) realloc: Option<&'a str>,
    /// The functions of the code that are exported as interfaces.
    pub(super) lifted: Vec<Lifted>,
}

/// A core function that is an export of the component.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) struct Lifted {
    /// The exported interface whose function it is.
    interface: String,
    /// The core function's name.
    pub(super) function: String,
    /// The function that is called when its answer was read.
    pub(super) post_return: Option<String>,
}

impl Lifted {
    /// Whether it is what handles the event with this interface.
    pub(super) fn handles(&self, interface: &str) -> bool {
        self.interface == interface
    }
}

const UNUSUAL: NotEligible = NotEligible("it is not made of a memory and code that uses it");

#[derive(Default)]
struct Reading<'a> {
    provenance: Provenance<'a>,
    instances: Vec<Instance<'a>>,
    /// The memory that functions with text use, and the allocator.
    memory: Option<(u32, &'a str)>,
    realloc: Option<(u32, &'a str)>,
    lifted: Vec<(CoreFunction<'a>, Option<CoreFunction<'a>>)>,
}

impl<'a> Plan<'a> {
    /// Reads a component that Wasmtime has found to be valid.
    ///
    /// Every item that `evroute-componentize` does not make is refused, and every number is held
    /// against the validator's: memory and code are the modules that Wasmtime instantiates, and
    /// each export is the function that it would call. Custom sections are passed over, since the
    /// engine gives them no meaning.
    pub(super) fn read(component: &'a [u8]) -> Result<Self, NotEligible> {
        let [memory, code] = *modules(component)? else {
            return Err(UNUSUAL);
        };
        let mut reading = Reading::default();
        // It counts. Which proposals are on is for Wasmtime to say, and it has looked into the
        // functions.
        let mut validator = Validator::new_with_features(WasmFeatures::all());
        let mut depth = 0_u32;
        let mut nested: Option<Nested> = None;
        for payload in Parser::new(0).parse_all(component) {
            let payload = payload?;
            validator.payload(&payload)?;
            match (depth, &mut nested) {
                (0, _) => reading.payload(&payload)?,
                (_, Some(nested)) => nested.payload(&payload)?,
                // What is in a module is looked at when it is compiled.
                (_, None) => {}
            }
            match &payload {
                Payload::ComponentSection { .. } => nested = Some(Nested::default()),
                Payload::End(_) if depth == 1 => {
                    nested.take().map_or(Ok(()), |nested| nested.check())?;
                }
                _ => {}
            }
            depth = depth_after(depth, &payload);
            let counts = validator.types(0).filter(|_| depth == 0);
            if counts.is_some_and(|counts| !reading.provenance.agrees(counts)) {
                return Err(NotEligible("its items are counted in another way"));
            }
        }
        reading.plan(memory, code)
    }
}

/// The core modules of a component's top level, in the order of the file.
fn modules(component: &[u8]) -> Result<Vec<&[u8]>, NotEligible> {
    let mut modules = Vec::new();
    let mut depth = 0;
    for payload in Parser::new(0).parse_all(component) {
        let payload = payload?;
        if let (
            0,
            Payload::ModuleSection {
                unchecked_range, ..
            },
        ) = (depth, &payload)
        {
            modules.push(component.get(unchecked_range.clone()).ok_or(UNUSUAL)?);
        }
        depth = depth_after(depth, &payload);
    }
    Ok(modules)
}

/// How many modules and components are open after this part.
fn depth_after(depth: u32, payload: &Payload<'_>) -> u32 {
    match payload {
        Payload::ModuleSection { .. } | Payload::ComponentSection { .. } => depth + 1,
        Payload::End(_) => depth.saturating_sub(1),
        _ => depth,
    }
}

impl<'a> Reading<'a> {
    fn payload(&mut self, payload: &Payload<'a>) -> Result<(), NotEligible> {
        match payload {
            Payload::Version { .. } | Payload::CustomSection(_) | Payload::End(_) => {}
            Payload::ModuleSection { .. } => self.provenance.module(),
            Payload::ComponentSection { .. } => self.provenance.component(),
            Payload::InstanceSection(section) => {
                for instance in section.clone() {
                    self.instances.push(instance?);
                    self.provenance.core_instance();
                }
            }
            Payload::ComponentTypeSection(section) => {
                for ty in section.clone() {
                    self.provenance.define_type(&ty?)?;
                }
            }
            Payload::ComponentInstanceSection(section) => {
                for instance in section.clone() {
                    self.provenance.instance(&instance?)?;
                }
            }
            Payload::ComponentImportSection(section) => {
                for import in section.clone() {
                    self.provenance.import(&import?)?;
                }
            }
            Payload::ComponentExportSection(section) => {
                for export in section.clone() {
                    self.provenance.export(&export?)?;
                }
            }
            Payload::ComponentAliasSection(section) => {
                for alias in section.clone() {
                    self.provenance.alias(&alias?)?;
                }
            }
            Payload::ComponentCanonicalSection(section) => {
                for canonical in section.clone() {
                    self.canonical(&canonical?)?;
                }
            }
            _ => return Err(NotEligible("it has a part of unknown kind")),
        }
        Ok(())
    }

    fn canonical(&mut self, canonical: &CanonicalFunction) -> Result<(), NotEligible> {
        match canonical {
            CanonicalFunction::Lift {
                core_func_index,
                options,
                ..
            } => {
                let post_return = self.options(options)?;
                let function = self.provenance.core_function(*core_func_index)?;
                self.lifted.push((function, post_return));
            }
            CanonicalFunction::Lower { options, .. } => {
                self.options(options)?;
            }
            CanonicalFunction::ResourceDrop { .. } => {}
            _ => return Err(NotEligible("it uses more than calls and handles")),
        }
        self.provenance.canonical(canonical)
    }

    /// Notes memory and allocator; the answer is what is called after a function.
    fn options(
        &mut self,
        options: &[CanonicalOption],
    ) -> Result<Option<CoreFunction<'a>>, NotEligible> {
        let mut post_return = None;
        for option in options {
            match *option {
                CanonicalOption::UTF8 => {}
                CanonicalOption::Memory(number) => {
                    agree(&mut self.memory, self.provenance.memory(number)?)?;
                }
                CanonicalOption::Realloc(number) => {
                    let CoreFunction::Guest(instance, name) =
                        self.provenance.core_function(number)?
                    else {
                        return Err(UNUSUAL);
                    };
                    agree(&mut self.realloc, (instance, name))?;
                }
                CanonicalOption::PostReturn(number) => {
                    post_return = Some(self.provenance.core_function(number)?);
                }
                _ => return Err(NotEligible("its text is not UTF-8, or its calls wait")),
            }
        }
        Ok(post_return)
    }

    fn plan(self, memory: &'a [u8], code: &'a [u8]) -> Result<Plan<'a>, NotEligible> {
        let (memory_instance, memory_name) = self.memory.ok_or(UNUSUAL)?;
        let (code_instance, args) = self.code_instance(memory_instance)?;
        let mut memory_import = None;
        let mut given = BTreeSet::from([memory_instance, code_instance]);
        for arg in args {
            if arg.index == memory_instance {
                agree(&mut memory_import, arg.name)?;
            } else {
                self.check_imports(arg.name, arg.index)?;
                given.insert(arg.index);
            }
        }
        if given.len() != self.instances.len() {
            return Err(NotEligible("it makes instances that its code is not given"));
        }
        let realloc = match self.realloc {
            Some((instance, name)) if instance == memory_instance => Some(name),
            None => None,
            Some(_) => return Err(UNUSUAL),
        };
        let own = |function: CoreFunction<'a>| match function {
            CoreFunction::Guest(instance, name) if instance == code_instance => Ok(name.to_owned()),
            CoreFunction::Guest(..) | CoreFunction::Call(..) | CoreFunction::Drop(..) => {
                Err(UNUSUAL)
            }
        };
        let exported = self.provenance.exported()?;
        let lifted = exported.into_iter().zip(&self.lifted);
        let lifted = lifted.map(|(interface, (function, post_return))| {
            Ok(Lifted {
                interface: interface.to_owned(),
                function: own(*function)?,
                post_return: post_return.map(own).transpose()?,
            })
        });
        Ok(Plan {
            memory,
            code,
            memory_import: memory_import.ok_or(UNUSUAL)?,
            memory_name,
            realloc,
            lifted: lifted.collect::<Result<_, NotEligible>>()?,
        })
    }

    fn instance(&self, number: u32) -> Option<&Instance<'a>> {
        self.instances.get(usize::try_from(number).ok()?)
    }

    /// The memory's instance is of the first module and given nothing; exactly one other is
    /// instantiated, of the second. The answer is that other one, and what it is given.
    fn code_instance(
        &self,
        memory_instance: u32,
    ) -> Result<(u32, &[InstantiationArg<'a>]), NotEligible> {
        let mut instantiated = (0_u32..).zip(&self.instances).filter_map(|(number, made)| {
            let Instance::Instantiate { module_index, args } = made else {
                return None;
            };
            Some((number, *module_index, &**args))
        });
        let (Some(memory), Some(code), None) = (
            instantiated.next(),
            instantiated.next(),
            instantiated.next(),
        ) else {
            return Err(UNUSUAL);
        };
        match (memory, code) {
            ((number, 0, []), (code, 1, args)) if number == memory_instance => Ok((code, args)),
            _ => Err(UNUSUAL),
        }
    }

    /// What the code imports under the name of an interface is that interface's, under its own
    /// names.
    fn check_imports(&self, module: &str, instance: u32) -> Result<(), NotEligible> {
        const OTHER: NotEligible = NotEligible("an import of its code is not what its name says");

        let Some(Instance::FromExports(exports)) = self.instance(instance) else {
            return Err(UNUSUAL);
        };
        for export in exports {
            if export.kind != ExternalKind::Func {
                return Err(UNUSUAL);
            }
            let is_meant = match self.provenance.core_function(export.index)? {
                CoreFunction::Call(interface, name) => interface == module && name == export.name,
                CoreFunction::Drop(interface, resource) => {
                    interface == module
                        && export.name.strip_prefix("[resource-drop]") == Some(resource)
                }
                CoreFunction::Guest(..) => false,
            };
            if !is_meant {
                return Err(OTHER);
            }
        }
        Ok(())
    }
}

/// The one thing, however often it is said.
fn agree<T: PartialEq>(known: &mut Option<T>, said: T) -> Result<(), NotEligible> {
    match known {
        Some(known) if *known != said => Err(UNUSUAL),
        Some(_) => Ok(()),
        None => {
            *known = Some(said);
            Ok(())
        }
    }
}

#[cfg(test)]
mod tests;
