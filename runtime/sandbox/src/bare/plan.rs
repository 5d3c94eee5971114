//! What a component of the direct layout is made of.

use wasmparser::{CanonicalFunction, CanonicalOption, ExternalKind, Instance, Parser, Payload};

use super::NotBare;
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

const UNUSUAL: NotBare = NotBare("it is not made of a memory and code that uses it");

#[derive(Default)]
struct Reading<'a> {
    provenance: Provenance<'a>,
    modules: Vec<&'a [u8]>,
    instances: Vec<Instance<'a>>,
    /// The memory that functions with text use, and the allocator.
    memory: Option<(u32, &'a str)>,
    realloc: Option<(u32, &'a str)>,
    lifted: Vec<(CoreFunction<'a>, Option<CoreFunction<'a>>)>,
}

impl<'a> Plan<'a> {
    pub(super) fn read(component: &'a [u8]) -> Result<Self, NotBare> {
        let mut reading = Reading::default();
        let mut depth = 0_u32;
        for payload in Parser::new(0).parse_all(component) {
            let payload = payload?;
            match &payload {
                Payload::End(_) => depth = depth.saturating_sub(1),
                _ if depth > 0 => check_nested(&payload)?,
                _ => reading.payload(&payload, component)?,
            }
            if let Payload::ModuleSection { .. } | Payload::ComponentSection { .. } = payload {
                depth += 1;
            }
        }
        reading.plan()
    }
}

/// Nested components only give names to what is outside them; a nested module is read when it is compiled.
fn check_nested(payload: &Payload<'_>) -> Result<(), NotBare> {
    match payload {
        Payload::ModuleSection { .. }
        | Payload::InstanceSection(_)
        | Payload::ComponentCanonicalSection(_)
        | Payload::ComponentStartSection { .. } => Err(NotBare("a component in it runs code")),
        _ => Ok(()),
    }
}

impl<'a> Reading<'a> {
    fn payload(&mut self, payload: &Payload<'a>, component: &'a [u8]) -> Result<(), NotBare> {
        match payload {
            Payload::Version { .. }
            | Payload::ComponentSection { .. }
            | Payload::CustomSection(_) => {}
            Payload::ModuleSection {
                unchecked_range, ..
            } => self
                .modules
                .push(component.get(unchecked_range.clone()).ok_or(UNUSUAL)?),
            Payload::InstanceSection(section) => {
                for instance in section.clone() {
                    self.instances.push(instance?);
                }
            }
            Payload::ComponentTypeSection(section) => {
                for _ in 0..section.count() {
                    self.provenance.define_type();
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
            _ => return Err(NotBare("it has a part of unknown kind")),
        }
        Ok(())
    }

    fn canonical(&mut self, canonical: &CanonicalFunction) -> Result<(), NotBare> {
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
            _ => return Err(NotBare("it uses more than calls and handles")),
        }
        self.provenance.canonical(canonical)
    }

    /// Notes memory and allocator; the answer is what is called after a function.
    fn options(
        &mut self,
        options: &[CanonicalOption],
    ) -> Result<Option<CoreFunction<'a>>, NotBare> {
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
                _ => return Err(NotBare("its text is not UTF-8, or its calls wait")),
            }
        }
        Ok(post_return)
    }

    fn plan(self) -> Result<Plan<'a>, NotBare> {
        let [memory_module, code_module] = *self.modules else {
            return Err(UNUSUAL);
        };
        let (memory_instance, memory_name) = self.memory.ok_or(UNUSUAL)?;
        let code_instance = self.check_instances(memory_instance)?;
        let Some(Instance::Instantiate { args, .. }) = self.instance(code_instance) else {
            return Err(UNUSUAL);
        };
        let mut memory_import = None;
        for arg in args {
            if arg.index == memory_instance {
                agree(&mut memory_import, arg.name)?;
            } else {
                self.check_imports(arg.name, arg.index)?;
            }
        }
        let realloc = match self.realloc {
            Some((instance, name)) if instance == memory_instance => Some(name),
            None => None,
            Some(_) => return Err(UNUSUAL),
        };
        let own = |function: CoreFunction<'a>| match function {
            CoreFunction::Guest(instance, name) if instance == code_instance => Ok(name.to_owned()),
            _ => Err(UNUSUAL),
        };
        let lifted = self.lifted.iter().enumerate();
        let lifted = lifted.filter_map(|(number, lifted)| {
            let interface = self.provenance.exported(number)?;
            Some((interface, lifted))
        });
        let lifted = lifted.map(|(interface, (function, post_return))| {
            Ok(Lifted {
                interface: interface.to_owned(),
                function: own(*function)?,
                post_return: post_return.map(own).transpose()?,
            })
        });
        Ok(Plan {
            memory: memory_module,
            code: code_module,
            memory_import: memory_import.ok_or(UNUSUAL)?,
            memory_name,
            realloc,
            lifted: lifted.collect::<Result<_, NotBare>>()?,
        })
    }

    fn instance(&self, number: u32) -> Option<&Instance<'a>> {
        self.instances.get(usize::try_from(number).ok()?)
    }

    /// The memory's instance is of the first module and given nothing; exactly one other is instantiated, of the second.
    /// The answer is that other one.
    fn check_instances(&self, memory_instance: u32) -> Result<u32, NotBare> {
        let mut code = None;
        for (number, instance) in (0_u32..).zip(&self.instances) {
            let Instance::Instantiate { module_index, args } = instance else {
                continue;
            };
            match module_index {
                0 if number == memory_instance && args.is_empty() => {}
                1 if code.is_none() => code = Some(number),
                _ => return Err(UNUSUAL),
            }
        }
        let memory = self.instance(memory_instance);
        if !matches!(memory, Some(Instance::Instantiate { .. })) {
            return Err(UNUSUAL);
        }
        code.ok_or(UNUSUAL)
    }

    /// What the code imports under the name of an interface is that interface's, under its own names.
    fn check_imports(&self, module: &str, instance: u32) -> Result<(), NotBare> {
        const OTHER: NotBare = NotBare("an import of its code is not what its name says");

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
                CoreFunction::Guest(..) | CoreFunction::Other => false,
            };
            if !is_meant {
                return Err(OTHER);
            }
        }
        Ok(())
    }
}

/// The one thing, however often it is said.
fn agree<T: PartialEq>(known: &mut Option<T>, said: T) -> Result<(), NotBare> {
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
mod tests {
    use std::path::{Path, PathBuf};

    use super::*;

    /// `tests/guests/canary-state.wat`, linked, as text.
    fn canary() -> String {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
        let core = std::fs::read(root.join("tests/guests/canary-state.wat")).unwrap();
        let core = wat::parse_bytes(&core).unwrap();
        let wit = [root.join("wit"), root.join("tests/guests/world.wit")];
        let wit = wit.each_ref().map(PathBuf::as_path);
        let component = evroute_componentize::componentize(&core, &wit, "local-request").unwrap();
        wasmprinter::print_bytes(component).unwrap()
    }

    fn reason(text: &str) -> Option<&'static str> {
        let component = wat::parse_str(text).unwrap_or_else(|error| panic!("{error}\n{text}"));
        Plan::read(&component).err().map(|NotBare(reason)| reason)
    }

    #[test]
    fn a_component_of_the_direct_layout_is_read() {
        let component = wat::parse_str(canary()).unwrap();
        let plan = Plan::read(&component).unwrap();
        assert_eq!((plan.memory_name, plan.realloc), ("memory", None));
        assert_eq!(plan.lifted.len(), 1);
        assert!(plan.lifted[0].handles("evroute:tm/local-request@0.1.0"));
        assert!(!plan.lifted[0].handles("evroute:tm/local-response@0.1.0"));
        assert!(plan.memory.starts_with(b"\0asm") && plan.code.starts_with(b"\0asm"));
    }

    #[test]
    fn what_an_export_calls_is_what_it_was_lifted_from_and_not_what_has_its_name() {
        let name = "evroute:tm/local-request@0.1.0#handle";
        let text = canary();
        let lifted = format!("(alias core export 3 \"{name}\"");
        assert!(text.contains(&lifted), "{text}");
        // The code has two functions; the export is made of the one with the other name.
        let text = text
            .replacen(&lifted, "(alias core export 3 \"other\"", 1)
            .replacen(
                &format!("(export \"{name}\" (func"),
                "(export \"other\" (func",
                1,
            );
        let component = wat::parse_str(&text).unwrap_or_else(|error| panic!("{error}\n{text}"));
        let plan = Plan::read(&component).unwrap();
        assert_eq!(plan.lifted[0].function, "other");
        assert!(plan.lifted[0].handles("evroute:tm/local-request@0.1.0"));
    }

    #[test]
    fn a_component_that_is_not_what_its_names_say_is_not_read() {
        let text = canary();
        let changed = |from: &str, to: &str| {
            assert!(text.contains(from), "{from}\n{text}");
            text.replacen(from, to, 1)
        };
        for (from, to) in [
            // The log's call under the name of another of its calls, and under that of another interface.
            ("(export \"log\" (func", "(export \"warn\" (func"),
            (
                "(with \"evroute:log/log@0.1.0\"",
                "(with \"evroute:log/other@0.1.0\"",
            ),
            ("string-encoding=utf8", "string-encoding=utf16"),
            // A second instance of the code.
            (
                "(alias core export",
                "(core instance (instantiate 0)) (alias core export",
            ),
        ] {
            assert!(reason(&changed(from, to)).is_some(), "{from} as {to}");
        }
        let with_code = "(component (core module))\n";
        let nested = changed("(component (;0;)", &format!("{with_code}(component (;0;)"));
        assert_eq!(reason(&nested), Some("a component in it runs code"));
    }
}
