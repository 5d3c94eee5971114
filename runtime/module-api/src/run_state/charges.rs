//! What a run is charged, by its own calls and by the account of others.

use std::time::Duration;

use evroute_event::LimitKind;
use evroute_tap::{Tap, TapHost};
use evroute_tenant::Meter;

use crate::{HostTrap, Level, RunState, logged_bytes};

impl RunState {
    /// Charges a host call: `bytes` is what it moves.
    ///
    /// # Errors
    /// A [`HostTrap`] when the run's units or bytes are used up.
    pub fn charge(&mut self, bytes: usize) -> wasmtime::Result<()> {
        self.meter.hostcall_cost = self.meter.hostcall_cost.saturating_add(1);
        self.meter.hostcall_bytes = self.meter.hostcall_bytes.saturating_add(bytes as u64);
        self.within_hostcalls()
    }

    fn within_hostcalls(&self) -> wasmtime::Result<()> {
        let limits = &self.handler_context.limits;
        if self.meter.hostcall_cost > limits.run_hostcall_cost_max {
            return Err(HostTrap::quota(LimitKind::HostcallCost));
        }
        if self.meter.hostcall_bytes > limits.run_hostcall_bytes_max {
            return Err(HostTrap::quota(LimitKind::HostcallBytes));
        }
        Ok(())
    }

    /// Charges lines of the log with this many bytes, as [`logged_bytes`] counts them, kept or not:
    /// what a handler may write does not depend on the operator's log level. False when the run has
    /// used up its lines or their bytes: this is not to be written. The run goes on, since it may
    /// be about to refuse something; [`RunState::log_overrun`] says what becomes of it.
    #[must_use]
    pub fn charge_log(&mut self, lines: u64, bytes: usize) -> bool {
        self.meter.log_lines = self.meter.log_lines.saturating_add(lines);
        self.meter.log_bytes = self.meter.log_bytes.saturating_add(bytes as u64);
        let limits = &self.handler_context.limits;
        if self.log_overrun.is_none() {
            if self.meter.log_lines > limits.run_log_lines_max {
                self.log_overrun = Some(LimitKind::LogLines);
            } else if self.meter.log_bytes > limits.run_log_bytes_max {
                self.log_overrun = Some(LimitKind::LogBytes);
            }
        }
        self.log_overrun.is_none()
    }

    /// Which of its limits of the log the run has passed first: that is how it ends, whatever ends
    /// it.
    #[must_use]
    pub fn log_overrun(&self) -> Option<LimitKind> {
        self.log_overrun
    }

    /// Writes a line of the server's about what the handler asked for, within the handler's limits
    /// of the log.
    pub fn note(&mut self, level: Level, text: &str) {
        if self.charge_log(1, logged_bytes(text)) {
            // What cannot be logged does not end the run.
            let _ = self.log(level, text);
        }
    }

    /// Takes over what a run in another process has used, by that process' account: host calls that
    /// were answered there, and lines that were printed there. No number becomes smaller by it, or
    /// larger than what ends the run.
    ///
    /// # Errors
    /// A [`HostTrap`] when the run's units or bytes are used up.
    pub fn charge_elsewhere(&mut self, used: &Meter) -> wasmtime::Result<()> {
        let Meter {
            hostcall_cost,
            hostcall_bytes,
            log_lines,
            log_bytes,
            actions: _,
            writes_refused: _,
        } = *used;
        let limits = self.handler_context.limits;
        let beyond = |own: u64, theirs: u64, most: u64| own.max(theirs.min(most.saturating_add(1)));
        let meter = &mut self.meter;
        meter.hostcall_cost = beyond(
            meter.hostcall_cost,
            hostcall_cost,
            limits.run_hostcall_cost_max,
        );
        meter.hostcall_bytes = beyond(
            meter.hostcall_bytes,
            hostcall_bytes,
            limits.run_hostcall_bytes_max,
        );
        meter.log_lines = beyond(meter.log_lines, log_lines, limits.run_log_lines_max);
        meter.log_bytes = beyond(meter.log_bytes, log_bytes, limits.run_log_bytes_max);
        let _ = self.charge_log(0, 0);
        self.within_hostcalls()
    }

    /// Charges an action that leaves the run: an event raised, a request sent.
    ///
    /// # Errors
    /// A [`HostTrap`] when the run may not do more of them.
    pub fn charge_action(&mut self) -> wasmtime::Result<()> {
        self.meter.actions = self.meter.actions.saturating_add(1);
        if self.meter.actions > self.handler_context.limits.run_actions_max {
            return Err(HostTrap::quota(LimitKind::Actions));
        }
        Ok(())
    }

    /// How long the run has waited for a server at the other end of its tap since this was last
    /// asked.
    pub fn take_waited(&mut self) -> Duration {
        let waited = self.tap.as_mut().and_then(|tap| tap.waited());
        waited.map(std::mem::take).unwrap_or_default()
    }

    /// The same in whole ticks; what is less than one counts the next time.
    pub fn take_waited_ticks(&mut self, tick: Duration) -> u64 {
        let Some(waited) = self.tap.as_mut().and_then(|tap| tap.waited()) else {
            return 0;
        };
        let tick = tick.max(Duration::from_nanos(1));
        let ticks = u32::try_from(waited.as_nanos() / tick.as_nanos()).unwrap_or(u32::MAX);
        *waited = waited.saturating_sub(tick.saturating_mul(ticks));
        ticks.into()
    }

    /// What the run has used by the account of a server at the other end of its tap; none where
    /// this process is the server.
    pub(crate) fn far_meter(&mut self) -> Option<&mut Meter> {
        self.tap.as_mut().and_then(|tap| tap.far_meter())
    }
}

impl TapHost for RunState {
    #[inline]
    fn tap(&mut self) -> Option<&mut (dyn Tap + 'static)> {
        self.tap.as_deref_mut()
    }

    fn before_answer(&mut self) {
        let used = self.meter;
        if let Some(far) = self.far_meter() {
            *far = used;
        }
    }

    fn charge_answered(&mut self, bytes: usize) -> wasmtime::Result<()> {
        match self.far_meter() {
            Some(far) => {
                self.meter = *far;
                Ok(())
            }
            None => self.charge(bytes),
        }
    }
}
