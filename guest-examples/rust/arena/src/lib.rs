//! What a Rust handler needs in place of the standard library: an allocator and the end of a panic.
//!
//! A handler is started for every event, and pays for what it brings along: the code of std's panics, the table that
//! its formatting calls through, the pages that its allocator takes. `use arena as _;` in a `#![no_std]` handler
//! leaves all of that out. A handler that wants std instead names neither.
#![no_std]

mod arena;
mod panic;
mod small_memory;
