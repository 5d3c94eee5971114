//! What speaks against the layout.

/// Why a component keeps the usual layout.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Obstacle(pub(crate) &'static str);

impl From<wasmparser::Error> for Obstacle {
    fn from(_: wasmparser::Error) -> Self {
        Self("it does not parse")
    }
}
