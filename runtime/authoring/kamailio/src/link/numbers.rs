use std::collections::BTreeMap;

use crate::code::{Callee, Global};

use super::error::Error;

/// The numbers of functions and globals in the module.
pub(super) struct Numbers {
    functions: BTreeMap<Callee, u32>,
    globals: BTreeMap<Global, u32>,
}

impl Numbers {
    /// Counts them in the order in which the module has them; `None` where nothing names one.
    pub(super) fn new(
        functions: impl IntoIterator<Item = Option<Callee>>,
        globals: impl IntoIterator<Item = Option<Global>>,
    ) -> Self {
        let functions = (0..).zip(functions);
        let globals = (0..).zip(globals);
        Self {
            functions: functions
                .filter_map(|(number, callee)| Some((callee?, number)))
                .collect(),
            globals: globals
                .filter_map(|(number, global)| Some((global?, number)))
                .collect(),
        }
    }

    pub(super) fn function(&self, callee: Callee) -> Result<u32, Error> {
        let number = self.functions.get(&callee).copied();
        number.ok_or(Error::Function(callee))
    }

    pub(super) fn global(&self, global: Global) -> Result<u32, Error> {
        let number = self.globals.get(&global).copied();
        number.ok_or(Error::Global(global))
    }
}
