//! Makes the modules of `tests/pooled/smith.rs` anew: `cargo run > ../../tests/pooled/smith.bin`.
//! They lie in the repository, each behind its length in four bytes, so that what is tested does
//! not change with the generator.
//!
//! They are wasm-smith's, of all that the engine's features allow. Segments that a run can drop and
//! tables that it can change are in every fourth only, since such a module is never pooled.

use std::io::Write;

use arbitrary::Unstructured;
use wasm_smith::{Config, MemoryOffsetChoices, Module};

const MODULES: u64 = 400;
/// How many bytes a module's choices are.
const CHOICES: u64 = 2048;

/// What every module imports and exports. What it has beside that is the generator's.
const SHAPE: &str = r#"(module
  (import "evroute:tm/types@0.1.0" "[method]local-request-event.message"
    (func (param i32) (result i32)))
  (import "evroute:sip/types@0.1.0" "[resource-drop]message" (func (param i32)))
  (import "evroute:log/log@0.1.0" "log" (func (param i32 i32 i32)))
  (memory (export "memory") 1)
  (func (export "evroute:tm/local-request@0.1.0#handle") (param i32) (result i32) unreachable))"#;

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

/// Numbers that look random: splitmix64.
fn random(state: &mut u64) -> u64 {
    *state = state.wrapping_add(0x9e37_79b9_7f4a_7c15);
    let mixed = (*state ^ (*state >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    mixed ^ (mixed >> 31)
}

fn main() -> std::io::Result<()> {
    let mut out = std::io::stdout().lock();
    let mut state = 254;
    for number in 0..MODULES {
        let choices = (0..CHOICES / 8).flat_map(|_| random(&mut state).to_le_bytes());
        let choices: Vec<u8> = choices.collect();
        let config = config(number);
        let module = Module::new(config, &mut Unstructured::new(&choices));
        let module = module.map_err(std::io::Error::other)?.to_bytes();
        let length = u32::try_from(module.len()).map_err(std::io::Error::other)?;
        out.write_all(&length.to_le_bytes())?;
        out.write_all(&module)?;
    }
    Ok(())
}
