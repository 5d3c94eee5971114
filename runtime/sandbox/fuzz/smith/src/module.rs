//! Modules of wasm-smith, of all that the engine's features allow. The fuzz target `reset` uses
//! this file too.

use arbitrary::Unstructured;
use wasm_smith::{Config, MemoryOffsetChoices, Module};

/// What every module imports and exports. What it has beside that is the generator's.
const SHAPE: &str = r#"(module
  (import "evroute:tm/types@0.1.0" "[method]local-request-event.message"
    (func (param i32) (result i32)))
  (import "evroute:sip/types@0.1.0" "[resource-drop]message" (func (param i32)))
  (import "evroute:log/log@0.1.0" "log" (func (param i32 i32 i32)))
  (memory (export "memory") 1)
  (func (export "evroute:tm/local-request@0.1.0#handle") (param i32) (result i32) unreachable))"#;

/// A module of these choices. Segments that a run can drop and tables that it can change are in
/// every fourth only, since such a module is never pooled; every second has nothing that traps.
pub(crate) fn module(number: u64, choices: &[u8]) -> arbitrary::Result<Vec<u8>> {
    let module = Module::new(config(number), &mut Unstructured::new(choices))?;
    Ok(module.to_bytes())
}

fn config(number: u64) -> Config {
    let is_plain = !number.is_multiple_of(4);
    Config {
        module_shape: Some(wat::parse_str(SHAPE).expect("it is right")),
        allow_start_export: false,
        bulk_memory_enabled: !is_plain,
        reference_types_enabled: !is_plain,
        custom_page_sizes_enabled: false,
        exceptions_enabled: false,
        gc_enabled: false,
        max_data_segments: 4,
        max_element_segments: 2,
        max_elements: 10,
        max_funcs: 6,
        max_globals: 8,
        max_instructions: 60,
        max_memories: 1,
        max_table_elements: 100,
        max_tables: usize::from(!is_plain),
        max_types: 10,
        memory64_enabled: false,
        // Mostly near the beginning of the memory, where the data is.
        memory_offset_choices: MemoryOffsetChoices(90, 9, 1),
        relaxed_simd_enabled: false,
        simd_enabled: !is_plain,
        // A module that may trap nearly always does, and its instance is dropped then.
        disallow_traps: number.is_multiple_of(2),
        table_max_size_required: true,
        tail_call_enabled: false,
        threads_enabled: false,
        ..Config::default()
    }
}
