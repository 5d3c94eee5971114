//! Every example in every language does the same.
//!
//! The examples of `guest-examples/` exist once per language, under the same names. `cases/<example>.toml` says once
//! what each has to do: the event, what the tenant's tables hold, and then the verdict, the log lines, the edits and
//! what the tables hold afterwards. [`judge`] drives a component through its cases in a real sandbox, with the modules
//! of the real server; [`measure`] says what an event costs.

mod case;
mod cost;
mod example;
mod journal;
mod judge;
mod message;
mod project;
mod scene;
mod suite;
mod tables;
mod verdict;

pub use cost::Cost;
pub use example::{EXAMPLES, Example, LANGUAGES};
pub use judge::{judge, measure};
pub use project::NewProject;
pub use suite::Suite;

/// What keeps a case from being judged at all: a mistake in a case file, a component that is refused.
pub type Error = Box<dyn std::error::Error + Send + Sync>;
