//! Limits of a run, as files of cases write them.

use std::collections::BTreeMap;

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
            /// A run's limits by their names, the deadline excepted.
            pub(crate) fn named(limits: &RunLimits) -> BTreeMap<String, u64> {
                let own = [$(stringify!($name)),*];
                let named = limits.named().into_iter();
                let named = named.filter(|(name, _)| own.contains(name));
                named.map(|(name, most)| (name.to_owned(), most)).collect()
            }

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
    event_depth_max: u8
}
