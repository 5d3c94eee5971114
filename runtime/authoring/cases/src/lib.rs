//! Cases: an event, what the tenant has, and what has to come of it. Run without a server.
//!
//! A [`Suite`] is a file of cases for one event. [`judge`] runs a component through them in a real
//! sandbox with the modules of the real server, each case from a fresh start, and reports every
//! [`Mismatch`]; [`measure`] says what an event costs.

mod answers;
mod captured;
mod case;
mod case_tenant;
mod cell;
mod contents;
mod core_dump;
mod cost;
mod databases;
mod draft;
mod events;
mod exchange;
mod fixture;
mod fuel_profile;
mod harness;
mod hop;
mod junit;
mod limits;
mod message;
mod mismatch;
mod question;
mod replay;
mod replayer;
mod rows;
mod run_suite;
mod stepping_tape;
mod suite;
mod tables;
mod tls_way;
mod written;

pub use core_dump::core_dump;
pub use cost::Cost;
pub use databases::Recorded;
pub use draft::{Draft, DraftValue, is_message};
pub use evroute_sandbox::CodeCache;
pub use fuel_profile::{FuelProfile, fuel_profile};
pub use harness::{Handled, Harness, HarnessRun, HarnessSandbox, all_grants};
pub use junit::junit;
pub use mismatch::{DiffLine, Mismatch};
pub use replay::{Replayed, judge, record_runs, replay};
pub use replayer::Replayer;
pub use run_suite::{CaseResult, measure, record, run_suite, run_suite_in_cell};
pub use suite::{Suite, SuiteError};

/// What keeps a case from being judged at all: a component that is refused, a database that cannot
/// be set up.
pub type Error = Box<dyn std::error::Error + Send + Sync>;
