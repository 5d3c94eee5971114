//! The log module: what handlers write into the operator's log. Kamailio's `xlog`.
//!
//! Lines are written when the guest makes them, not when it returns its verdict: the lines of a run
//! that fails are the ones an operator needs.

mod capability;
#[cfg(test)]
mod captured;
mod format;
mod log_sink;
mod module;
mod pace;
mod rate;
mod stamp;
mod tracing_layer;
mod writer;

pub use evroute_module_api::{Level, Line, LogSink, LogTenant};
pub use format::LogFormat;
pub use log_sink::{HANDLER_TARGET, HandlerLogSink};
pub use module::LogModule;
pub use rate::LogRate;
pub use tracing_layer::TracingLayer;
pub use writer::LogWriter;
