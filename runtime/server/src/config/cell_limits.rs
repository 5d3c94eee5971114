//! What the runners of cells may take.

/// What the runners of cells may take.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct CellLimits {
    /// How many runners there are at most, all cells together; without any, no tenant can be in a
    /// cell. Default 0.
    pub runners_max: u32,
    /// How many runs of one cell may be under way at the same time. Default 8.
    pub runs_concurrent_max: u32,
    /// Memory of one runner beside the program's own, in bytes. Default 512 MiB.
    pub memory_bytes_max: u64,
}

impl Default for CellLimits {
    fn default() -> Self {
        Self {
            runners_max: 0,
            runs_concurrent_max: 8,
            memory_bytes_max: 512 << 20,
        }
    }
}
