//! What guests may call: `evroute:log/log`.

use evroute_bindings::bare;
use evroute_bindings::evroute::log::log::{Host, Level as WitLevel, add_to_linker};
use evroute_event::Quota;
use evroute_module_api::{Capability, Lane, Module, RunState, Stop};
use wasmtime::component::HasData;

use crate::{Level, Line, LogTenant};

/// The module, for the server's list.
#[derive(Clone, Copy, Debug, Default)]
pub struct LogModule;

impl Module for LogModule {
    fn name(&self) -> &'static str {
        "log"
    }

    fn capabilities(&self) -> &'static [Capability] {
        &[Capability {
            interface: "evroute:log/log@0.1.0",
            grant: Some("log"),
            lane: Lane::Sync,
            link: |linker| add_to_linker::<_, LogView<'static>>(linker, |run| LogView(run)),
            link_bare: Some(|linker| {
                bare::log_log::<_, LogView<'static>>(linker, |run| LogView(run))
            }),
        }]
    }
}

/// A run, as this module sees it.
struct LogView<'a>(&'a mut RunState);

impl HasData for LogView<'static> {
    type Data<'a> = LogView<'a>;
}

impl Host for LogView<'_> {
    fn log(&mut self, level: WitLevel, text: String) -> wasmtime::Result<()> {
        let run = &mut *self.0;
        run.charge(text.len())?;
        charge_line(run, text.len())?;
        let Some(tenant) = run.facts.tenant.get::<LogTenant>() else {
            return Err(Stop::host_fault("this tenant has no journal"));
        };
        let level = from_wit(level);
        if !tenant.journal.keeps(level) {
            return Ok(());
        }
        let subject = run.subject()?;
        tenant.journal.write(&Line {
            level,
            tenant: run.facts.tenant.id.as_str(),
            handler: run.facts.handler.as_str(),
            event: run.event,
            call_id: subject
                .message
                .as_ref()
                .and_then(|message| message.call_id()),
            time_us: subject.time_us,
            text: &text,
        });
        Ok(())
    }
}

/// Counts a line, kept or not: what a handler may write does not depend on the operator's log level.
fn charge_line(run: &mut RunState, bytes: usize) -> wasmtime::Result<()> {
    run.meter.log_lines = run.meter.log_lines.saturating_add(1);
    run.meter.log_bytes = run.meter.log_bytes.saturating_add(bytes as u64);
    if run.meter.log_lines > run.facts.limits.run_log_lines_max {
        return Err(Stop::quota(Quota::LogLines));
    }
    if run.meter.log_bytes > run.facts.limits.run_log_bytes_max {
        return Err(Stop::quota(Quota::LogBytes));
    }
    Ok(())
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
