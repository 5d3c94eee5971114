//! What guests may call: `evroute:log/log`.

use evroute_bindings::core_linker;
use evroute_bindings::evroute::log::log::{Host, Level as WitLevel, add_to_linker};
use evroute_module_api::{Capability, Lane, Level, RunState, logged_bytes};
use wasmtime::component::HasData;

/// This module's interfaces.
pub(crate) const ROWS: &[Capability] = &[Capability {
    interface: "evroute:log/log@0.1.0",
    grant: Some("log"),
    lane: Lane::Sync,
    link: |linker| add_to_linker::<_, LogView<'static>>(linker, |run| LogView(run)),
    link_core: Some(|linker| {
        core_linker::log_log::<_, LogView<'static>>(linker, |run| LogView(run))
    }),
}];

/// A run, as this module sees it.
struct LogView<'a>(&'a mut RunState);

impl HasData for LogView<'static> {
    type Data<'a> = LogView<'a>;
}

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
