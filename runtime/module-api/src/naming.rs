//! What a name in the configuration stands for.

/// What the label of a grant or the third segment of an event names, so that a name that does not
/// exist is found at start.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Naming {
    /// A section of the tenant with this `name`: `[[tenant.table]]`.
    Section(&'static str),
    /// Whatever operators and handlers choose.
    Free,
}
