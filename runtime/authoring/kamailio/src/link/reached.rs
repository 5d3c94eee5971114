use std::collections::BTreeSet;

use crate::code::{Callee, Definition, Global, Instruction};

use super::error::Error;
use super::runtime::{DefinedGlobal, Runtime, RuntimeFunction};

/// What code needs, directly and through what it calls.
pub(crate) struct Reached {
    callees: BTreeSet<Callee>,
    globals: BTreeSet<Global>,
}

impl Reached {
    /// Follows the calls of these functions, and of what the server calls beside them.
    ///
    /// # Errors
    /// They call something of the runtime that is not there.
    pub(crate) fn from(runtime: &Runtime, definitions: &[Definition]) -> Result<Self, Error> {
        let mut reached = Self {
            callees: BTreeSet::new(),
            globals: BTreeSet::new(),
        };
        let exported = runtime.functions.values();
        let exported = exported.filter(|function| function.export.is_some());
        let mut open: Vec<Callee> = exported
            .map(|function| Callee::Runtime(function.name))
            .collect();
        for definition in definitions {
            for instruction in definition.code.instructions() {
                match instruction {
                    Instruction::Call(callee) => open.push(*callee),
                    Instruction::GlobalGet(global) | Instruction::GlobalSet(global) => {
                        reached.globals.insert(*global);
                    }
                    Instruction::Plain(_) => {}
                }
            }
        }
        while let Some(callee) = open.pop() {
            if let Callee::Runtime(name) = callee
                && !reached.callees.contains(&callee)
            {
                let function = runtime.functions.get(name);
                let function = function.ok_or(Error::Function(callee))?;
                open.extend(&function.callees);
                reached.globals.extend(&function.globals);
            }
            reached.callees.insert(callee);
        }
        Ok(reached)
    }

    pub(crate) fn has(&self, callee: Callee) -> bool {
        self.callees.contains(&callee)
    }

    pub(crate) fn has_global(&self, global: Global) -> bool {
        self.globals.contains(&global)
    }

    /// Functions of the runtime, in the order of their names.
    pub(super) fn functions<'r>(
        &self,
        runtime: &'r Runtime,
    ) -> impl Iterator<Item = &'r RuntimeFunction> {
        let functions = runtime.functions.values();
        functions.filter(|function| self.has(Callee::Runtime(function.name)))
    }

    /// Globals of the runtime, in the order of their names.
    pub(super) fn globals<'r>(
        &self,
        runtime: &'r Runtime,
    ) -> impl Iterator<Item = (&'static str, &'r DefinedGlobal)> {
        let globals = runtime.defined_globals.iter();
        let globals = globals.filter(|(name, _)| self.has_global(Global::Runtime(name)));
        globals.map(|(name, definition)| (*name, definition))
    }
}
