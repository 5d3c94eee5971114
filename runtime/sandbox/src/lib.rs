//! One run: an instance as it was made, a budget, one call, an outcome.
//!
//! Nothing of one run is observable in another. A component gets a store and an instance of its
//! own, in memory that the pool has reset to the component's image; two plain modules run in an
//! instance that was reset to what it was right after it was made (`core_backend` says why that is
//! the same). Everything a run does is kept in its own state until it returns a verdict.

mod backend;
mod cell;
mod clock;
mod compile;
mod component_limits;
mod component_table;
mod core_backend;
mod core_dump;
mod declared;
mod engine;
mod export;
mod gauge;
mod handler;
mod outcome;
mod own_time;
mod probe;
mod refusal;
mod run;
mod settle;
mod shape;
mod shared_component;
mod sources;
mod stack;

pub use evroute_aot::{CodeCache, CodeCacheError, CompiledCode, EngineFingerprint, WasmDigest};

pub use cell::{
    CellHandler, CellName, CellQuestion, CellRun, CellRunEnd, CellRunStart, Cells, Heard,
    RunnerAtWork,
};
pub use compile::{Compile, CompilerEngine};
pub use component_limits::ComponentLimits;
pub use core_dump::core_dump;
pub use declared::Declared;
pub use engine::{EngineError, Sandbox, SandboxConfig};
pub use export::Export;
pub use handler::{Handler, Import};
pub use refusal::ComponentRefusal;
pub use run::{Run, Tapping, Used};
pub use shape::TooLarge;
pub use stack::Stack;
