//! What an event costs.

use std::time::Duration;

/// What one event of an example costs.
#[derive(Clone, Copy, Default, Debug)]
pub struct Cost {
    /// The component's size, bytes.
    pub component_bytes: usize,
    /// Wall time of a run in a fresh sandbox: the median, host calls included.
    pub median: Duration,
    /// Fuel of one run.
    pub fuel: u64,
    /// The run's memories at their largest, all together, bytes.
    pub memory_bytes: u64,
}
