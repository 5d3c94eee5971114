//! One run: a fresh store and instance, a budget, one call, an outcome.
//!
//! Nothing of one run is observable in another: stores and instances are never reused, memory comes from
//! the pool reset to the component's image, and everything a run does is kept in its own state until it
//! returns a verdict.

mod bare;
mod clock;
mod engine;
mod export;
mod gauge;
mod handler;
mod outcome;
mod run;

pub use engine::{EngineError, Sandbox, SandboxConfig};
pub use export::Export;
pub use handler::{Handler, Refusal, Report};
pub use run::{Run, Used};
