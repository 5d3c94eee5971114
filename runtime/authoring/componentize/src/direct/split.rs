//! A guest's module in two.

use std::collections::BTreeSet;

use wasmparser::{ExternalKind, Operator};

use super::code_module::CodeModule;
use super::guest::Guest;
use super::memory_module::MemoryModule;
use super::module::Module;
use super::obstacle::Obstacle;
use super::reach::{Reach, any_names_data};

/// A guest's module in two.
pub(crate) struct SplitModules {
    /// Memory, its initial contents, the allocator. Exports the first and the last under their
    /// usual names.
    pub(crate) memory: wasm_encoder::Module,
    /// All the code. Imports the memory.
    pub(crate) code: wasm_encoder::Module,
    /// Exported functions that do nothing at all.
    pub(crate) idle: BTreeSet<String>,
}

/// Splits a guest. The allocator is in both modules, since the code may call it too; what it knows
/// is in the memory and in globals, which the two share.
pub(crate) fn split(guest: &Guest<'_>) -> Result<SplitModules, Obstacle> {
    let module = Module::read(guest.module)?;
    if any_names_data(&module.bodies)? {
        return Err(Obstacle("it copies passive data"));
    }
    let reach = match guest.realloc {
        Some(name) => {
            let function = module
                .exported_function(name)
                .ok_or(Obstacle("it has no allocator"))?;
            Reach::of(&module, function)?
        }
        None => Reach::default(),
    };
    let memory = MemoryModule::new(&reach).encode(&module, guest)?;
    let code = CodeModule::new(&module, &reach).encode(&module, guest)?;
    Ok(SplitModules {
        memory,
        code,
        idle: idle(&module)?,
    })
}

/// Exported functions whose body is its own end.
fn idle(module: &Module<'_>) -> Result<BTreeSet<String>, Obstacle> {
    let mut idle = BTreeSet::new();
    for export in module
        .exports
        .iter()
        .filter(|export| export.kind == ExternalKind::Func)
    {
        let Some(body) = module.body(export.index) else {
            continue;
        };
        let mut operators = body.get_operators_reader()?.into_iter();
        if matches!(operators.next(), Some(Ok(Operator::End))) {
            idle.insert(export.name.to_owned());
        }
    }
    Ok(idle)
}
