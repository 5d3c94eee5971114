//! The configuration as it is written: everything optional, nothing checked but its shape.
//!
//! [`Config`](crate::Config) is what it means. Unknown keys are errors. Values keep their place in the file, so
//! that what is wrong with them can be said with a line number.

use serde::Deserialize;
use toml::Spanned;

/// A value and where it stands.
pub(crate) type At<T> = Spanned<T>;

/// The whole file.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct RawConfig {
    #[serde(default)]
    pub(crate) server: RawServer,
    #[serde(default)]
    pub(crate) sip: RawSip,
    pub(crate) listen: Option<Vec<RawListen>>,
    #[serde(default)]
    pub(crate) admin: RawAdmin,
    #[serde(default)]
    pub(crate) tenant: Vec<At<RawTenant>>,
}

/// `[server]`
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct RawServer {
    pub(crate) data_dir: Option<At<String>>,
    pub(crate) workers: Option<At<i64>>,
    pub(crate) instance_pool_max: Option<At<i64>>,
    pub(crate) component_bytes_max: Option<At<i64>>,
    pub(crate) component_functions_max: Option<At<i64>>,
    pub(crate) component_function_bytes_max: Option<At<i64>>,
    pub(crate) component_function_flow_max: Option<At<i64>>,
    pub(crate) component_flow_max: Option<At<i64>>,
    pub(crate) code_cache_bytes_max: Option<At<i64>>,
    pub(crate) tenant_start_seconds_max: Option<At<i64>>,
    pub(crate) log: Option<At<String>>,
    pub(crate) log_file_bytes_max: Option<At<i64>>,
    pub(crate) log_files_max: Option<At<i64>>,
    pub(crate) drain_seconds: Option<At<i64>>,
}

/// `[sip]`
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct RawSip {
    pub(crate) message_bytes_max: Option<At<i64>>,
    pub(crate) header_bytes_max: Option<At<i64>>,
    pub(crate) max_breadth: Option<At<i64>>,
}

/// `[[listen]]`
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct RawListen {
    pub(crate) transport: At<String>,
    pub(crate) address: At<String>,
    pub(crate) advertise: Option<At<String>>,
}

/// `[admin]`
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct RawAdmin {
    pub(crate) address: Option<At<String>>,
    pub(crate) token_file: Option<At<String>>,
}

/// `[[tenant]]`
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct RawTenant {
    pub(crate) name: At<String>,
    #[serde(default)]
    pub(crate) domains: Vec<At<String>>,
    #[serde(default)]
    pub(crate) listeners: Vec<At<String>>,
    #[serde(default)]
    pub(crate) sources: Vec<At<String>>,
    pub(crate) networks: Option<Vec<At<String>>>,
    #[serde(default)]
    pub(crate) quota: RawQuota,
    #[serde(default)]
    pub(crate) registrar: RawRegistrar,
    #[serde(default)]
    pub(crate) table: Vec<RawTable>,
    #[serde(default)]
    pub(crate) database: Vec<RawDatabase>,
    #[serde(default)]
    pub(crate) route: Vec<RawRoute>,
    #[serde(default)]
    pub(crate) handler: Vec<RawHandler>,
    #[serde(default)]
    pub(crate) timer: Vec<RawTimer>,
}

/// `[tenant.quota]`
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct RawQuota {
    pub(crate) runs_concurrent_max: Option<At<i64>>,
    pub(crate) run_ms_per_second_max: Option<At<i64>>,
    pub(crate) log_bytes_per_second_max: Option<At<i64>>,
    pub(crate) table_entries_max: Option<At<i64>>,
    pub(crate) table_bytes_max: Option<At<i64>>,
    pub(crate) shv_entries_max: Option<At<i64>>,
    pub(crate) shv_bytes_max: Option<At<i64>>,
    pub(crate) contacts_max: Option<At<i64>>,
    pub(crate) aor_contacts_max: Option<At<i64>>,
    pub(crate) events_queued_max: Option<At<i64>>,
}

/// `[tenant.registrar]`
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct RawRegistrar {
    pub(crate) min_expires_seconds: Option<At<i64>>,
    pub(crate) aor_contacts_over: Option<At<String>>,
}

/// `[[tenant.table]]`
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct RawTable {
    pub(crate) name: At<String>,
    pub(crate) expire_seconds: Option<At<i64>>,
    pub(crate) entries_max: Option<At<i64>>,
}

/// `[[tenant.database]]`
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct RawDatabase {
    pub(crate) name: At<String>,
    pub(crate) url: At<String>,
    pub(crate) connections_max: Option<At<i64>>,
    pub(crate) deadline_ms: Option<At<i64>>,
    pub(crate) result_rows_max: Option<At<i64>>,
    pub(crate) bytes_max: Option<At<i64>>,
}

/// `[[tenant.route]]`
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct RawRoute {
    pub(crate) user: At<String>,
    pub(crate) to: At<String>,
}

/// `[[tenant.handler]]`
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct RawHandler {
    pub(crate) name: At<String>,
    pub(crate) component: At<String>,
    #[serde(default)]
    pub(crate) grants: Vec<At<String>>,
    pub(crate) fail_policy: Option<At<String>>,
    #[serde(default)]
    pub(crate) on: Vec<At<String>>,
    #[serde(default)]
    pub(crate) limits: RawLimits,
}

/// `[tenant.handler.limits]`
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct RawLimits {
    pub(crate) run_fuel_max: Option<At<i64>>,
    pub(crate) run_deadline_ms: Option<At<i64>>,
    pub(crate) run_memory_bytes_max: Option<At<i64>>,
    pub(crate) run_table_elements_max: Option<At<i64>>,
    pub(crate) run_hostcall_cost_max: Option<At<i64>>,
    pub(crate) run_hostcall_bytes_max: Option<At<i64>>,
    pub(crate) run_log_lines_max: Option<At<i64>>,
    pub(crate) run_log_bytes_max: Option<At<i64>>,
    pub(crate) run_handles_max: Option<At<i64>>,
    pub(crate) run_actions_max: Option<At<i64>>,
    pub(crate) event_depth_max: Option<At<i64>>,
}

/// `[[tenant.timer]]`
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct RawTimer {
    pub(crate) name: At<String>,
    pub(crate) interval_ms: At<i64>,
}
