//! What guests may call: `evroute:log/log`.

use evroute_bindings::evroute::log::log::{Host, Level as WitLevel};
use evroute_bindings::import;
use evroute_module_api::{Capability, Level, logged_bytes, run_view};

/// What this module implements.
pub(crate) const ROWS: &[Capability] =
    &[Capability::of::<import::LogLog, LogView<'static>>().granted_by("log")];

run_view!(LogView);

impl Host for LogView<'_> {
    fn log(&mut self, level: WitLevel, text: String) -> wasmtime::Result<()> {
        self.0.charge(text.len())?;
        if self.0.charge_log(1, logged_bytes(&text)) {
            self.0.log(from_wit(level), &text)?;
        }
        Ok(())
    }
}

fn from_wit(level: WitLevel) -> Level {
    match level {
        WitLevel::Error => Level::Error,
        WitLevel::Warning => Level::Warning,
        WitLevel::Notice => Level::Notice,
        WitLevel::Info => Level::Info,
        WitLevel::Debug => Level::Debug,
    }
}
