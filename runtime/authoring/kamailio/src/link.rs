//! Puts a module together: the code of the blocks, and of the runtime what it needs.

mod error;
mod module;
mod names;
mod numbers;
mod reached;
mod relocation;
mod runtime;
mod types;

use std::collections::{BTreeMap, BTreeSet};

use evroute_contract::Function;

use crate::code::{Definition, Global};
use crate::constants::{Constants, WORDS};
use crate::declared::Declared;
use crate::tables::import::imports;

pub(crate) use self::error::Error;
use self::module::Parts;
pub(crate) use self::reached::Reached;
pub(crate) use self::runtime::Runtime;
use self::runtime::RuntimeFunction;

/// Numbers that the runtime knows by a name.
type Addresses = BTreeMap<&'static str, u32>;

/// Bytes above the constants that a run starts with; what goes beyond them is asked of the server,
/// which costs more.
const HEAP_BYTES: u32 = 2 * 1024;

/// A module, and what it imports.
pub(crate) struct Linked {
    pub(crate) module: Vec<u8>,
    /// The interfaces, each once.
    pub(crate) interfaces: BTreeSet<&'static str>,
}

/// What is not of the runtime.
pub(crate) struct Blocks<'a> {
    pub(crate) definitions: &'a [Definition],
    /// Variables, with what they begin with.
    pub(crate) globals: &'a BTreeMap<Global, u32>,
    /// The files that it was written in.
    pub(crate) files: &'a [String],
}

/// Puts the module together.
///
/// # Errors
/// A name that nothing has, a runtime that cannot be read. Both are our fault.
pub(crate) fn link(
    runtime: &Runtime,
    blocks: &Blocks<'_>,
    mut constants: Constants,
    declared: &Declared,
) -> Result<Linked, Error> {
    let reached = Reached::from(runtime, blocks.definitions)?;
    let imports: Vec<&'static Function> = imports()
        .filter(|(callee, _)| reached.has(*callee))
        .map(|(_, function)| function)
        .collect();
    let functions: Vec<&RuntimeFunction> = reached.functions(runtime).collect();
    for function in &functions {
        for text in &function.texts {
            constants.text(text);
        }
    }
    let addresses = addresses(&mut constants);
    let parts = Parts {
        runtime,
        imports,
        functions,
        globals: reached.globals(runtime).collect(),
        blocks,
        constants: &constants,
        addresses: &addresses,
        heap: constants.end(),
        declared,
    };
    Ok(Linked {
        module: parts.module()?,
        interfaces: parts.imports.iter().map(|one| one.interface).collect(),
    })
}

/// Those numbers (`runtime/linked.wat`). Nothing may be added to the
/// constants after this.
fn addresses(constants: &mut Constants) -> Addresses {
    let (null, _) = constants.text("<null>");
    let zero = constants.int_cell(0);
    let heap = constants.end();
    let others = [
        ("null-text", null),
        ("zero-cell", zero),
        ("heap-base", heap),
        ("heap-end", heap.saturating_add(HEAP_BYTES)),
    ];
    WORDS.into_iter().chain(others).collect()
}

#[cfg(test)]
mod tests;
