//! The log module: what handlers write into the operator's log. Kamailio's `xlog`.
//!
//! Lines are written when the guest makes them, not when it returns its verdict: the lines of a run that
//! fails are the ones an operator needs.

mod capability;
mod journal;
mod line;

pub use capability::LogModule;
pub use journal::{HandlerJournal, LogWriter};
pub use line::{Journal, Level, Line, LogTenant};
