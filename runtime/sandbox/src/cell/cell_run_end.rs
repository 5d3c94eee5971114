//! How a run in a runner ended.

use evroute_event::Outcome;
use evroute_module_api::Seed;
use evroute_tap::WitValue;
use evroute_tenant::Meter;

/// How a run in a runner ended, by the runner's account.
#[derive(Clone, PartialEq, Debug)]
pub struct CellRunEnd {
    /// What the guest answered, `result<verdict, string>`: whenever it answered.
    pub answer: Option<WitValue>,
    /// What became of it; with an answer `Returned`, or a limit of the log.
    pub outcome: Outcome,
    /// Where it was, if it was cut short, as text.
    pub stack: String,
    /// What it used, the calls included that the server answered.
    pub used: Meter,
    /// Fuel burnt.
    pub fuel: u64,
    /// Its memories at their largest, in bytes.
    pub memory_bytes: u64,
    /// What its randomness was made from, if it asked for some.
    pub seed: Option<Seed>,
}
