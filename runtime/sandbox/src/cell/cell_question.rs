//! What a run in a runner says before it ends.

use evroute_module_api::Level;
use evroute_tap::WitValue;
use evroute_tenant::Meter;

use crate::CellRunEnd;

/// A host call of a guest that is in another process. Nothing of it is believed.
#[derive(Clone, PartialEq, Debug)]
pub struct CellQuestion {
    /// `evroute:htable/htable@0.1.0`.
    pub interface: String,
    /// `[method]table.get`, `[resource-drop]table`.
    pub function: String,
    /// With handles by the numbers that this run was given.
    pub arguments: Vec<WitValue>,
    /// What the run has used so far, by the runner's account: of calls that it answers itself only
    /// it knows.
    pub used: Meter,
    /// How much fuel is left.
    pub fuel_left: u64,
}

/// What comes from a runner during a run.
#[derive(Debug)]
pub enum Heard {
    /// The guest calls, and waits for an answer.
    Question(CellQuestion),
    /// The guest printed a line.
    Line(Level, String),
    /// The run is over.
    End(CellRunEnd),
}
