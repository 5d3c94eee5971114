//! Components that would take a compiler's time or memory out of all proportion. Each is just
//! beyond one limit, as this node has it, or far beyond.

use evroute_compile_bombs::{
    branches, described, loops, multiplied, of_components, of_functions, of_imports, of_modules,
    of_tables, of_types,
};
use evroute_sandbox::ComponentLimits;
use wasm_encoder::Instruction;

/// The component of this name, against a node with these limits.
pub(crate) fn bomb(name: &str, limits: &ComponentLimits) -> Option<Vec<u8>> {
    let function_bytes = usize::try_from(limits.function_bytes_max).unwrap_or(usize::MAX);
    Some(match name {
        "instances" => multiplied(1000, 3),
        "nesting" => multiplied(0, 8),
        "components" => of_components(100_000),
        "modules" => of_modules(100_000),
        "functions" => of_functions(limits.functions_max.saturating_add(1), 0, &[]),
        "function" => of_functions(1, 1, &vec![Instruction::Nop; function_bytes]),
        "locals" => of_functions(1, 49_999, &[]),
        "blocks" => of_functions(1, 1, &branches(3000, 1, 1)),
        "loops" => of_functions(1, 500, &loops(3000, 500)),
        "branches" => of_functions(1, 200, &branches(1900, 250, 200)),
        "flows" => of_functions(2000, 100, &loops(60, 100)),
        "types" => of_types(900_000),
        "tables" => of_tables(1000),
        "imports" => of_imports(600_000),
        "description" => described(2 << 20),
        "bytes" => [of_functions(1, 0, &[]), vec![0; limits.bytes_max]].concat(),
        _ => return None,
    })
}
