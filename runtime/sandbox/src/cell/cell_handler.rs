//! A handler as a runner gets it.

use std::sync::Arc;

use evroute_aot::CompiledCode;
use evroute_tenant::RunLimits;

use crate::CellName;

/// What a runner has to know of a handler to run it.
#[derive(Debug, Clone)]
pub struct CellHandler {
    /// Told from all others of this process.
    pub number: u64,
    /// Whose runners run it.
    pub cell: CellName,
    /// The component, from which source lines of stacks are read.
    pub component: Arc<[u8]>,
    /// What was compiled of it.
    pub code: Arc<CompiledCode>,
    /// What a run of it may cost.
    pub limits: RunLimits,
}
