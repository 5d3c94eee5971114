//! Leave for the server to run this handler with a memory smaller than the 64 KiB that a page has.

/// How many octets above `__heap_base` a run starts with; `evroute-componentize` reads it. What goes beyond them is
/// asked of the server, which costs more than they do.
const HEAP_OCTETS: u32 = 3 * 1024;

/// Says that no code in this module takes the unit of `memory.size` and `memory.grow` for granted: the only code that
/// uses them is [`crate::arena`], which looks.
#[used]
#[unsafe(link_section = "evroute-small-memory")]
static LEAVE: [u8; 4] = HEAP_OCTETS.to_le_bytes();
