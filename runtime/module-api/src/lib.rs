//! The socket a module plugs into.
//!
//! A **module** is a vertical slice of the server: its state, the events it raises, the capability it
//! offers to handlers, its configuration. It meets the sandbox here and nowhere else:
//!
//! | lifetime | type | holds |
//! |---|---|---|
//! | process | [`Module`] | tables: its [`Glue`]s (events), [`Capability`] rows, [`Variable`] rows |
//! | tenant | any type, kept in [`TenantState`] | the module's state for one tenant |
//! | run | any [`RunSlot`], kept in [`RunState`] | what one run has done and not yet committed |
//!
//! Handles that guests hold carry one number. The event payload and the message of a run are number 0:
//! there is one of each, in the run's state.

mod capability;
mod escaped;
mod facts;
mod glue;
mod line;
mod module;
mod run_state;
mod stop;
mod tenant_state;
mod track;
mod variable;

pub use capability::{Capability, Lane, LinkBare};
pub use escaped::{is_escaped, logged_bytes};
pub use facts::HandlerFacts;
pub use glue::{EventGlue, Glue, GuestEvent, Guested};
pub use line::{Journal, Level, Line, LogTenant, Speaker};
pub use module::Module;
pub use run_state::{RunSlot, RunState, Seed};
pub use stop::Stop;
pub use tenant_state::TenantState;
pub use track::{Track, track};
pub use variable::{Variable, VariableName, VariableNameError, Variables};

/// A pseudo-variable's value, as the WIT has it.
pub use evroute_bindings::evroute::pv::types::Value;

/// Why a pseudo-variable could not be read or written, as the WIT has it.
pub use evroute_bindings::evroute::pv::pv::Error as VariableError;
