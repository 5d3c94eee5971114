//! What was in memory when a run was cut short.

use evroute_module_api::{GuestResult, RunState};
use wasm_encoder::{ConstExpr, DataSection, MemorySection, MemoryType, Module, RawSection};
use wasmparser::{Parser, Payload};
use wasmtime::{Memory, Store, WasmCoreDump};

/// The memories, globals and stack of a run that was cut short, as a [core dump] that debuggers of
/// Wasm read; `name` is what they show. None where the guest answered, and without
/// [`SandboxConfig::core_dumps`](crate::SandboxConfig::core_dumps).
///
/// It holds whatever the handler had before it: messages, and what it asked for.
///
/// [core dump]: https://github.com/WebAssembly/tool-conventions/blob/main/Coredump.md
#[must_use]
pub fn core_dump(
    store: &mut Store<RunState>,
    guested: &GuestResult,
    name: &str,
) -> Option<Vec<u8>> {
    let error = guested.as_ref().err()?;
    let dump = error.downcast_ref::<WasmCoreDump>()?;
    let written = dump.serialize(&mut *store, name);
    whole(&written, dump.memories(), store)
}

/// Bytes of memory in one segment. Where all of them are zero there is none.
const SEGMENT_BYTES: usize = 4096;

/// Wasmtime leaves out what is behind the last whole 4096 bytes of a memory, and how large its
/// pages are: of a memory of 2 KiB, nothing is left. So these two sections are written here.
fn whole(written: &[u8], memories: &[Memory], store: &Store<RunState>) -> Option<Vec<u8>> {
    let mut module = Module::new();
    let (mut types, mut data) = (MemorySection::new(), DataSection::new());
    for (index, memory) in (0..).zip(memories) {
        let ty = memory.ty(store);
        types.memory(MemoryType {
            minimum: memory.size(store),
            maximum: ty.maximum(),
            memory64: ty.is_64(),
            shared: ty.is_shared(),
            page_size_log2: Some(u32::from(ty.page_size_log2())),
        });
        for (offset, segment) in segments(memory.data(store)) {
            let offset = ConstExpr::i32_const(offset.cast_signed());
            data.active(index, &offset, segment.iter().copied());
        }
    }
    for payload in Parser::new(0).parse_all(written) {
        let payload = payload.ok()?;
        match payload {
            Payload::MemorySection(_) => _ = module.section(&types),
            Payload::DataSection(_) => _ = module.section(&data),
            _ => {
                if let Some((id, range)) = payload.as_section() {
                    let data = written.get(range)?;
                    module.section(&RawSection { id, data });
                }
            }
        }
    }
    Some(module.finish())
}

/// Those parts of a memory in which something is, by where they begin.
fn segments(memory: &[u8]) -> impl Iterator<Item = (u32, &[u8])> {
    let offsets = (0..).step_by(SEGMENT_BYTES);
    let parts = offsets.zip(memory.chunks(SEGMENT_BYTES));
    parts.filter(|(_, part)| part.iter().any(|byte| *byte != 0))
}
