//! The ways that a handler can take.

/// Which way was taken at a place.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Turn {
    /// A function was called.
    Entered,
    /// A loop was begun, or begun again.
    Looped,
    /// The condition of an `if` or a `br_if` held.
    Taken,
    /// It did not hold.
    NotTaken,
    /// The target of a `br_table` with this number; the last is its default.
    Target(u32),
}

/// One counter: the place in the original component that it counts.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Edge {
    /// The module among all of the component, those of components within it, too, in the order of
    /// their bytes, counted from 0.
    pub module: u32,
    /// The function, imported ones counted in, as stacks have it.
    pub function: u32,
    /// Where, in bytes from the begin of the function's body.
    pub offset: u32,
    /// Which way.
    pub turn: Turn,
}

/// A comparison of two whole numbers: its place in the original component, as an [`Edge`]'s.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Compared {
    /// The module.
    pub module: u32,
    /// The function.
    pub function: u32,
    /// Where in its body.
    pub offset: u32,
}
