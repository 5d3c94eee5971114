//! The runtime as the linker sees it: functions and globals by their names, and what each function
//! names itself.

use std::collections::BTreeMap;

use wasmparser::{
    ConstExpr, FuncType, FunctionBody, GlobalType, KnownCustom, Name, NameMap, NameSectionReader,
    Operator, Parser, Payload, TypeRef,
};

use crate::code::{Callee, Global};

use super::error::Error;

/// `runtime/*.wat`, assembled by the build script.
static MODULE: &[u8] = include_bytes!(concat!(env!("OUT_DIR"), "/runtime.wasm"));

/// What a call in the runtime leads to.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum RuntimeCallee {
    Callee(Callee),
    /// No function: the address and the length of this text.
    Text(&'static str),
}

/// What a global in the runtime is.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum RuntimeGlobal {
    Global(Global),
    /// No global: the number that the linker knows by this name.
    Address(&'static str),
}

/// One function.
#[derive(Debug)]
pub(crate) struct RuntimeFunction {
    pub(super) name: &'static str,
    pub(super) ty: FuncType,
    pub(super) export: Option<&'static str>,
    pub(super) body: FunctionBody<'static>,
    /// What its parameters and local variables are called, by their numbers.
    pub(super) locals: Vec<(u32, &'static str)>,
    pub(super) callees: Vec<Callee>,
    pub(super) globals: Vec<Global>,
    /// The texts that it names, in the order of its code.
    pub(super) texts: Vec<&'static str>,
}

/// A global that the runtime defines.
#[derive(Debug)]
pub(super) struct DefinedGlobal {
    pub(super) ty: GlobalType,
    pub(super) begin: ConstExpr<'static>,
}

/// All of it.
#[derive(Debug, Default)]
pub(crate) struct Runtime {
    pub(super) types: Vec<FuncType>,
    /// By the numbers in its code: those that it imports first.
    callees: Vec<RuntimeCallee>,
    globals: Vec<RuntimeGlobal>,
    pub(super) functions: BTreeMap<&'static str, RuntimeFunction>,
    pub(super) defined_globals: BTreeMap<&'static str, DefinedGlobal>,
}

/// What is read section by section and put together at the end.
#[derive(Default)]
struct Sections {
    /// The types of the functions that are defined.
    functions: Vec<u32>,
    bodies: Vec<FunctionBody<'static>>,
    globals: Vec<DefinedGlobal>,
    /// Functions by their numbers.
    exports: BTreeMap<u32, &'static str>,
    function_names: BTreeMap<u32, &'static str>,
    global_names: BTreeMap<u32, &'static str>,
    local_names: BTreeMap<u32, Vec<(u32, &'static str)>>,
}

impl Runtime {
    /// Reads the module.
    ///
    /// # Errors
    /// It has not been assembled as it should.
    pub(crate) fn read() -> Result<Self, Error> {
        let mut runtime = Self::default();
        let mut sections = Sections::default();
        for payload in Parser::new(0).parse_all(MODULE) {
            runtime.payload(payload?, &mut sections)?;
        }
        runtime.define_globals(&mut sections)?;
        runtime.define_functions(sections)?;
        Ok(runtime)
    }

    fn payload(&mut self, payload: Payload<'static>, sections: &mut Sections) -> Result<(), Error> {
        match payload {
            Payload::TypeSection(section) => {
                for ty in section.into_iter_err_on_gc_types() {
                    self.types.push(ty?);
                }
            }
            Payload::ImportSection(section) => {
                for import in section.into_imports() {
                    let import = import?;
                    self.import(import.module, import.name, import.ty);
                }
            }
            Payload::FunctionSection(section) => {
                for ty in section {
                    sections.functions.push(ty?);
                }
            }
            Payload::GlobalSection(section) => {
                for global in section {
                    let global = global?;
                    sections.globals.push(DefinedGlobal {
                        ty: global.ty,
                        begin: global.init_expr,
                    });
                }
            }
            Payload::ExportSection(section) => {
                for export in section {
                    let export = export?;
                    sections.exports.insert(export.index, export.name);
                }
            }
            Payload::CodeSectionEntry(body) => sections.bodies.push(body),
            Payload::CustomSection(section) => {
                if let KnownCustom::Name(names) = section.as_known() {
                    sections.names(names)?;
                }
            }
            _ => {}
        }
        Ok(())
    }

    fn import(&mut self, module: &'static str, name: &'static str, ty: TypeRef) {
        match ty {
            TypeRef::Func(_) if module == "text" => {
                self.callees.push(RuntimeCallee::Text(name));
            }
            TypeRef::Func(_) => {
                let interface = module;
                let callee = Callee::Server { interface, name };
                self.callees.push(RuntimeCallee::Callee(callee));
            }
            TypeRef::Global(_) => self.globals.push(RuntimeGlobal::Address(name)),
            _ => {}
        }
    }

    fn define_globals(&mut self, sections: &mut Sections) -> Result<(), Error> {
        for global in sections.globals.drain(..) {
            let number = index(self.globals.len());
            let name = sections.global_names.get(&number);
            let name = *name.ok_or(Error::Unnamed("global"))?;
            self.globals
                .push(RuntimeGlobal::Global(Global::Runtime(name)));
            self.defined_globals.insert(name, global);
        }
        Ok(())
    }

    fn define_functions(&mut self, sections: Sections) -> Result<(), Error> {
        let first = index(self.callees.len());
        let named = |number| sections.function_names.get(&number).copied();
        for number in (first..).take(sections.functions.len()) {
            let name = named(number).ok_or(Error::Unnamed("function"))?;
            let callee = RuntimeCallee::Callee(Callee::Runtime(name));
            self.callees.push(callee);
        }
        let bodies = sections.functions.iter().zip(sections.bodies);
        for (number, (ty, body)) in (first..).zip(bodies) {
            let mut function = RuntimeFunction {
                name: named(number).ok_or(Error::Unnamed("function"))?,
                ty: self.ty(*ty)?.clone(),
                export: sections.exports.get(&number).copied(),
                body,
                locals: Vec::new(),
                callees: Vec::new(),
                globals: Vec::new(),
                texts: Vec::new(),
            };
            if let Some(locals) = sections.local_names.get(&number) {
                function.locals.clone_from(locals);
            }
            self.uses(&mut function)?;
            self.functions.insert(function.name, function);
        }
        Ok(())
    }

    /// Notes what a function names.
    fn uses(&self, function: &mut RuntimeFunction) -> Result<(), Error> {
        for operator in function.body.get_operators_reader()? {
            match operator? {
                Operator::Call { function_index } => match self.callee(function_index)? {
                    RuntimeCallee::Callee(callee) => function.callees.push(callee),
                    RuntimeCallee::Text(text) => function.texts.push(text),
                },
                Operator::GlobalGet { global_index } | Operator::GlobalSet { global_index } => {
                    match self.global(global_index)? {
                        RuntimeGlobal::Global(global) => function.globals.push(global),
                        RuntimeGlobal::Address(_) => {}
                    }
                }
                _ => {}
            }
        }
        Ok(())
    }

    /// What this number stands for in a call.
    pub(super) fn callee(&self, number: u32) -> Result<RuntimeCallee, Error> {
        let callee = at(&self.callees, number).copied();
        callee.ok_or(Error::Unnamed("function"))
    }

    /// What this number of a global stands for.
    pub(super) fn global(&self, number: u32) -> Result<RuntimeGlobal, Error> {
        let global = at(&self.globals, number).copied();
        global.ok_or(Error::Unnamed("global"))
    }

    pub(super) fn ty(&self, number: u32) -> Result<&FuncType, Error> {
        at(&self.types, number).ok_or(Error::Unnamed("type"))
    }
}

impl Sections {
    fn names(&mut self, names: NameSectionReader<'static>) -> Result<(), Error> {
        for name in names {
            match name? {
                Name::Function(names) => self.function_names = read(names)?.into_iter().collect(),
                Name::Global(names) => self.global_names = read(names)?.into_iter().collect(),
                Name::Local(functions) => {
                    for function in functions {
                        let function = function?;
                        let names = read(function.names)?;
                        self.local_names.insert(function.index, names);
                    }
                }
                _ => {}
            }
        }
        Ok(())
    }
}

fn read(names: NameMap<'static>) -> Result<Vec<(u32, &'static str)>, Error> {
    let names = names.into_iter().map(|naming| {
        let naming = naming?;
        Ok((naming.index, naming.name))
    });
    names.collect()
}

fn index(count: usize) -> u32 {
    u32::try_from(count).unwrap_or(u32::MAX)
}

fn at<T>(list: &[T], number: u32) -> Option<&T> {
    usize::try_from(number)
        .ok()
        .and_then(|number| list.get(number))
}
