use wasmparser::{Global, MemoryType, Operator};

/// The section in which a guest says that it runs with a memory smaller than a page: four bytes,
/// little-endian, the heap it wants at the start.
pub(super) const SECTION: &str = "evroute-small-memory";

/// Where the linker says that the heap begins.
pub(super) const HEAP_BASE: &str = "__heap_base";

/// The largest memory with pages of one byte whose growth cannot be mistaken for a failure.
const BYTES_MAX: u64 = 0xffff_fffe;

/// The memory of a guest that leaves its size to us: as many bytes as its own parts and the wanted
/// heap take, and not a whole page of 64 KiB. Each run begins by wiping its memory and pays for
/// every byte.
///
/// None when the guest says nothing, or when it would not be smaller.
pub(super) fn shrink(
    memory: MemoryType,
    section: Option<&[u8]>,
    heap_base: Option<&Global<'_>>,
) -> Option<MemoryType> {
    let wanted = u32::from_le_bytes(section?.try_into().ok()?);
    let heap_base = constant(heap_base?)?;
    let bytes = u64::from(heap_base) + u64::from(wanted);
    let page = 1_u64.checked_shl(memory.page_size_log2.unwrap_or(16))?;
    let smaller = bytes < memory.initial.checked_mul(page)?;
    let plain = !memory.memory64 && !memory.shared && page > 1;
    (smaller && plain).then(|| MemoryType {
        initial: bytes,
        maximum: memory
            .maximum
            .map(|pages| pages.saturating_mul(page).min(BYTES_MAX)),
        page_size_log2: Some(0),
        ..memory
    })
}

/// The value of a global that is a plain number.
fn constant(global: &Global<'_>) -> Option<u32> {
    match global.init_expr.get_operators_reader().read() {
        Ok(Operator::I32Const { value }) => Some(value.cast_unsigned()),
        _ => None,
    }
}
