//! What both modules of a guest agree on: names, types, and what neither has.

use wasm_encoder::reencode::{self, Reencode};
use wasm_encoder::{MemoryType, TypeSection};

use super::module::Module;
use super::obstacle::Obstacle;

/// The name under which the code imports from the memory's module. No WIT name can be equal to it.
pub(crate) const MEMORY_MODULE: &str = "$memory";

/// The name of a shared global, from its number in the guest's module.
pub(super) fn global_name(global: u32) -> String {
    format!("global-{global}")
}

pub(super) fn types(
    reencoder: &mut impl Reencode,
    module: &Module<'_>,
) -> Result<TypeSection, Obstacle> {
    let mut types = TypeSection::new();
    if let Some(section) = module.types.clone() {
        reencoder
            .parse_type_section(&mut types, section)
            .map_err(unusual)?;
    }
    Ok(types)
}

/// Something refers to what its half does not have, or is not plain WebAssembly.
pub(super) fn unusual<E>(_: reencode::Error<E>) -> Obstacle {
    Obstacle("its parts refer to each other in an unusual way")
}

/// A reference to what the other half has.
pub(super) struct Missing;

pub(super) fn memory_type(memory: wasmparser::MemoryType) -> MemoryType {
    MemoryType {
        minimum: memory.initial,
        maximum: memory.maximum,
        memory64: memory.memory64,
        shared: memory.shared,
        page_size_log2: memory.page_size_log2,
    }
}
