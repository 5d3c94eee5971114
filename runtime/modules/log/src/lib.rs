//! The log module: what handlers write into the operator's log. Kamailio's `xlog`.
//!
//! Lines are written when the guest makes them, not when it returns its verdict: the lines of a run that
//! fails are the ones an operator needs.

mod capability;
mod format;
mod journal;
#[cfg(test)]
mod kept;
mod own_lines;
mod pace;
mod rate;
mod stamp;
mod writer;

pub use capability::LogModule;
pub use evroute_module_api::{Journal, Level, Line, LogTenant};
pub use format::LogFormat;
pub use journal::{HANDLER_TARGET, HandlerJournal};
pub use own_lines::OwnLines;
pub use rate::LogRate;
pub use writer::LogWriter;
