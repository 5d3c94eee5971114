//! Limits of a run, as files of cases write them.

use evroute_tenant::RunLimits;
use serde::Deserialize;

/// Cases ask what a handler does; a busy machine must not fail them. Milliseconds.
const DEADLINE_MS: u64 = 10_000;

macro_rules! limits {
    ($($name:ident: $number:ty),*) => {
        /// The keys of `[tenant.handler.limits]`; a limit that is absent is as in a server that
        /// does not say it.
        #[derive(Clone, Copy, Debug, Default, Deserialize)]
        #[serde(deny_unknown_fields)]
        pub(crate) struct Limits {
            $(pub(crate) $name: Option<$number>),*
        }

        impl Limits {
            /// With a deadline that no machine misses.
            pub(crate) fn of_run(&self) -> RunLimits {
                let default = RunLimits::default();
                RunLimits {
                    run_deadline_ms: DEADLINE_MS,
                    $($name: self.$name.unwrap_or(default.$name)),*
                }
            }
        }
    };
}

limits! {
    run_fuel_max: u64,
    run_memory_bytes_max: u64,
    run_table_elements_max: u64,
    run_hostcall_cost_max: u64,
    run_hostcall_bytes_max: u64,
    run_log_lines_max: u64,
    run_log_bytes_max: u64,
    run_handles_max: u64,
    run_actions_max: u64,
    run_reply_headers_max: u64,
    run_reply_bytes_max: u64,
    event_depth_max: u8
}
