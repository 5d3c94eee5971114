//! Where the code of a handler came from: a table of source lines, in a custom section of its
//! module.
//!
//! Compilers leave DWARF, which is large, and which takes a large reader. It is read once, where a
//! handler is built, and what a log line needs of it is kept in this form: some hundred bytes for a
//! small handler. Whoever reads it reads what a stranger wrote: reading takes time and memory in
//! proportion to the section, whatever is in it, and one that makes no sense is an error.
//!
//! The section is [`SECTION`]. Numbers are LEB128 without sign; a number of something that may be
//! absent is one higher, 0 is absent.
//!
//! | part | contents |
//! |---|---|
//! | version | one byte, 1 |
//! | texts | how many; for each its length and UTF-8 |
//! | places | how many; for each the text of the file, the line, the text of the function or absent, the caller's place or absent |
//! | functions | how many; for each its number less the one before it, how many bytes follow, and rows |
//! | row | how many bytes of the function's body lie between it and the row before it, the place or absent |
//!
//! A row holds from its offset to the next row's. Offsets count from the beginning of the body, its
//! locals included, its size not. A place with a caller is code that was inlined; the caller's
//! place comes before it in the table.

mod leb;
mod lookup;
mod quote;
mod table;

pub use lookup::{LineTable, SECTION_BYTES_MAX, SourceLine, Unreadable};
pub use quote::quote;
pub use table::{Lines, PlaceNumber, relocate};

/// The name of the custom section.
pub const SECTION: &str = "evroute-lines";

/// Begins the section.
const VERSION: u8 = 1;

#[cfg(test)]
mod tests;
