//! What one run may cost.

use std::time::Duration;

/// What one run may cost. Every limit has a name with its unit; hitting one ends the run unless it
/// says otherwise, and the fail policy decides what becomes of the event.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct RunLimits {
    /// Fuel: about one unit per WebAssembly instruction. Deterministic. The default lets every
    /// guest language in. Default 10,000,000; hitting it is `OutOfFuel`.
    pub run_fuel_max: u64,
    /// Wall time of the guest's own work in milliseconds; time that host calls wait for I/O does
    /// not count. Default 50; hitting it is `DeadlineExceeded`.
    pub run_deadline_ms: u64,
    /// Linear memory, all memories of the run together, in bytes. Default 16 MiB; hitting it is
    /// `MemoryExceeded`.
    pub run_memory_bytes_max: u64,
    /// Elements of one table. Default 20,000; hitting it is `MemoryExceeded`.
    pub run_table_elements_max: u64,
    /// Host calls. Default 10,000; hitting it is `QuotaExceeded`.
    pub run_hostcall_cost_max: u64,
    /// Bytes that host calls may move between guest and server, both ways. Default 256 KiB; hitting
    /// it is `QuotaExceeded`.
    pub run_hostcall_bytes_max: u64,
    /// Log lines. Default 100; hitting it is `QuotaExceeded`.
    pub run_log_lines_max: u64,
    /// Bytes of what all log lines say together, as they are written. Default 64 KiB; hitting it is
    /// `QuotaExceeded`.
    pub run_log_bytes_max: u64,
    /// Resource handles open at the same time. Default 256; hitting it is `QuotaExceeded`.
    pub run_handles_max: u64,
    /// Actions that leave the run: events that it raises. Default 16; hitting it is
    /// `QuotaExceeded`.
    pub run_actions_max: u64,
    /// Header fields that may be added to the answer of a verdict. Default 16; one more is refused,
    /// and the run goes on.
    pub run_reply_headers_max: u64,
    /// Bytes that may be added to the answer of a verdict: names and values, the body and its type.
    /// Default 2 KiB; what would be more is refused, and the run goes on.
    pub run_reply_bytes_max: u64,
    /// How many events raised by events may lie behind a run. Default 4; an event beyond it is not
    /// raised.
    pub event_depth_max: u8,
}

impl RunLimits {
    /// [`Self::run_deadline_ms`] as a duration.
    #[must_use]
    pub const fn run_deadline(&self) -> Duration {
        Duration::from_millis(self.run_deadline_ms)
    }

    /// All of them, by name.
    #[must_use]
    pub fn named(&self) -> [(&'static str, u64); 13] {
        let Self {
            run_fuel_max,
            run_deadline_ms,
            run_memory_bytes_max,
            run_table_elements_max,
            run_hostcall_cost_max,
            run_hostcall_bytes_max,
            run_log_lines_max,
            run_log_bytes_max,
            run_handles_max,
            run_actions_max,
            run_reply_headers_max,
            run_reply_bytes_max,
            event_depth_max,
        } = *self;
        [
            ("run_fuel_max", run_fuel_max),
            ("run_deadline_ms", run_deadline_ms),
            ("run_memory_bytes_max", run_memory_bytes_max),
            ("run_table_elements_max", run_table_elements_max),
            ("run_hostcall_cost_max", run_hostcall_cost_max),
            ("run_hostcall_bytes_max", run_hostcall_bytes_max),
            ("run_log_lines_max", run_log_lines_max),
            ("run_log_bytes_max", run_log_bytes_max),
            ("run_handles_max", run_handles_max),
            ("run_actions_max", run_actions_max),
            ("run_reply_headers_max", run_reply_headers_max),
            ("run_reply_bytes_max", run_reply_bytes_max),
            ("event_depth_max", event_depth_max.into()),
        ]
    }

    /// Sets the one of this name. False when there is none, or when the number is none for it.
    #[must_use]
    pub fn set(&mut self, name: &str, most: u64) -> bool {
        let place = match name {
            "run_fuel_max" => &mut self.run_fuel_max,
            "run_deadline_ms" => &mut self.run_deadline_ms,
            "run_memory_bytes_max" => &mut self.run_memory_bytes_max,
            "run_table_elements_max" => &mut self.run_table_elements_max,
            "run_hostcall_cost_max" => &mut self.run_hostcall_cost_max,
            "run_hostcall_bytes_max" => &mut self.run_hostcall_bytes_max,
            "run_log_lines_max" => &mut self.run_log_lines_max,
            "run_log_bytes_max" => &mut self.run_log_bytes_max,
            "run_handles_max" => &mut self.run_handles_max,
            "run_actions_max" => &mut self.run_actions_max,
            "run_reply_headers_max" => &mut self.run_reply_headers_max,
            "run_reply_bytes_max" => &mut self.run_reply_bytes_max,
            "event_depth_max" => {
                let Ok(most) = u8::try_from(most) else {
                    return false;
                };
                self.event_depth_max = most;
                return true;
            }
            _ => return false,
        };
        *place = most;
        true
    }
}

impl Default for RunLimits {
    fn default() -> Self {
        Self {
            run_fuel_max: 10_000_000,
            run_deadline_ms: 50,
            run_memory_bytes_max: 16 * 1024 * 1024,
            run_table_elements_max: 20_000,
            run_hostcall_cost_max: 10_000,
            run_hostcall_bytes_max: 256 * 1024,
            run_log_lines_max: 100,
            run_log_bytes_max: 64 * 1024,
            run_handles_max: 256,
            run_actions_max: 16,
            run_reply_headers_max: 16,
            run_reply_bytes_max: 2048,
            event_depth_max: 4,
        }
    }
}
