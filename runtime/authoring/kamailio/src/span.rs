//! Where something stands in a configuration.

/// A place: which file, which line, which column.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Default)]
pub struct Span {
    /// The number of the file in the order in which they were read; 0 is the one that was asked
    /// for.
    pub(crate) file: u16,
    /// Counts from 1.
    pub line: u32,
    /// Counts from 1, in bytes.
    pub column: u32,
}
