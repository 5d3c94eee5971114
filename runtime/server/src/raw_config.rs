//! The configuration as it is written: everything optional, nothing checked but its shape.
//!
//! [`Config`](crate::Config) is what it means. Unknown keys are errors. Values keep their place in
//! the file, so that what is wrong with them can be said with a line number.

use evroute_module_api::config::{At, Findings, Section};
use serde::Deserialize;

/// `[server]`
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct RawServer {
    pub(crate) data_dir: Option<At<String>>,
    pub(crate) workers: Option<At<i64>>,
    pub(crate) core_module_backend: Option<bool>,
    pub(crate) instance_pool_max: Option<At<i64>>,
    pub(crate) component_bytes_max: Option<At<i64>>,
    pub(crate) component_functions_max: Option<At<i64>>,
    pub(crate) component_function_bytes_max: Option<At<i64>>,
    pub(crate) component_function_flow_max: Option<At<i64>>,
    pub(crate) component_flow_max: Option<At<i64>>,
    pub(crate) compile_seconds_max: Option<At<i64>>,
    pub(crate) compile_memory_bytes_max: Option<At<i64>>,
    pub(crate) compile_isolation: Option<At<String>>,
    pub(crate) cell_runners_max: Option<At<i64>>,
    pub(crate) cell_runs_concurrent_max: Option<At<i64>>,
    pub(crate) cell_memory_bytes_max: Option<At<i64>>,
    pub(crate) code_cache_bytes_max: Option<At<i64>>,
    pub(crate) deploy_dir: Option<At<String>>,
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

/// `[tls]`
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct RawTls {
    pub(crate) certificate_file: Option<At<String>>,
    pub(crate) key_file: Option<At<String>>,
    pub(crate) ca_file: Option<At<String>>,
    pub(crate) client_ca_file: Option<At<String>>,
    pub(crate) client_certificates: Option<At<String>>,
    pub(crate) crl_file: Option<At<String>>,
    pub(crate) sni_must_match: Option<bool>,
    pub(crate) handshakes_max: Option<At<i64>>,
    pub(crate) handshakes_per_source_max: Option<At<i64>>,
    pub(crate) handshake_seconds_max: Option<At<i64>>,
}

/// `[websocket]`
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct RawWebSocket {
    pub(crate) path: Option<At<String>>,
    #[serde(default)]
    pub(crate) origins: Vec<At<String>>,
}

/// `[http]`
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct RawHttp {
    pub(crate) header_bytes_max: Option<At<i64>>,
    pub(crate) idle_seconds_max: Option<At<i64>>,
}

/// `[pike]`
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct RawPike {
    pub(crate) messages_per_second_max: Option<At<i64>>,
    pub(crate) burst_max: Option<At<i64>>,
    pub(crate) work_ms_per_second_max: Option<At<i64>>,
    pub(crate) ban_seconds: Option<At<i64>>,
    pub(crate) sources_max: Option<At<i64>>,
    #[serde(default)]
    pub(crate) trusted: Vec<At<String>>,
}

/// `[admin]`
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct RawAdmin {
    pub(crate) address: Option<At<String>>,
    pub(crate) token_file: Option<At<String>>,
    pub(crate) certificate_file: Option<At<String>>,
    pub(crate) key_file: Option<At<String>>,
    pub(crate) insecure: Option<bool>,
    pub(crate) phone: Option<At<bool>>,
}

/// `[tariff]`
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct RawTariff {
    pub(crate) currency: Option<At<String>>,
    pub(crate) million_events: Option<At<f64>>,
    pub(crate) million_fuel: Option<At<f64>>,
    pub(crate) million_hostcalls: Option<At<f64>>,
    pub(crate) million_hostcall_bytes: Option<At<f64>>,
    pub(crate) million_outgoing_requests: Option<At<f64>>,
    pub(crate) compile_second: Option<At<f64>>,
}

/// `[[tenant]]`, but for its handlers and what modules read.
#[derive(Debug)]
pub(crate) struct RawTenant {
    pub(crate) name: Option<At<String>>,
    pub(crate) domains: Vec<At<String>>,
    pub(crate) listeners: Vec<At<String>>,
    pub(crate) sources: Vec<At<String>>,
    pub(crate) networks: Option<Vec<At<String>>>,
    pub(crate) cell: Option<At<RawCell>>,
    pub(crate) quota: RawQuota,
}

/// `cell` of a `[[tenant]]`: one of its own, or one with a name.
#[derive(Debug, Deserialize)]
#[serde(untagged)]
pub(crate) enum RawCell {
    Own(bool),
    Named(String),
}

impl RawTenant {
    /// Only the name must be there.
    pub(crate) fn read(section: &Section<'_>, findings: &mut Findings) -> Self {
        Self {
            name: section.need("name", findings),
            cell: section.read("cell", findings),
            domains: section.read("domains", findings).unwrap_or_default(),
            listeners: section.read("listeners", findings).unwrap_or_default(),
            sources: section.read("sources", findings).unwrap_or_default(),
            networks: section.read("networks", findings),
            quota: section.read("quota", findings).unwrap_or_default(),
        }
    }
}

/// `[tenant.quota]`
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct RawQuota {
    pub(crate) runs_concurrent_max: Option<At<i64>>,
    pub(crate) run_ms_per_second_max: Option<At<i64>>,
    pub(crate) share_weight: Option<At<i64>>,
    pub(crate) run_ms_per_second_min: Option<At<i64>>,
    pub(crate) events_per_second_max: Option<At<i64>>,
    pub(crate) fuel_per_second_max: Option<At<i64>>,
    pub(crate) outgoing_requests_per_second_max: Option<At<i64>>,
    pub(crate) log_bytes_per_second_max: Option<At<i64>>,
    pub(crate) table_entries_max: Option<At<i64>>,
    pub(crate) table_bytes_max: Option<At<i64>>,
    pub(crate) shv_entries_max: Option<At<i64>>,
    pub(crate) shv_bytes_max: Option<At<i64>>,
    pub(crate) contacts_max: Option<At<i64>>,
    pub(crate) aor_contacts_max: Option<At<i64>>,
    pub(crate) journal_bytes_max: Option<At<i64>>,
    pub(crate) journal_queued_bytes_max: Option<At<i64>>,
    pub(crate) events_queued_max: Option<At<i64>>,
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
    #[serde(default)]
    pub(crate) rates: RawRates,
    pub(crate) breaker: Option<RawBreaker>,
}

/// `[tenant.handler.rates]`
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct RawRates {
    pub(crate) events_per_second_max: Option<At<i64>>,
    pub(crate) fuel_per_second_max: Option<At<i64>>,
}

/// `[tenant.handler.breaker]`
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct RawBreaker {
    pub(crate) fallback: Option<At<String>>,
    pub(crate) window_seconds: Option<At<i64>>,
    pub(crate) runs_min: Option<At<i64>>,
    pub(crate) traps_percent_max: Option<At<i64>>,
    pub(crate) exhausted_percent_max: Option<At<i64>>,
    pub(crate) deadlines_percent_max: Option<At<i64>>,
    pub(crate) refused_effects_percent_max: Option<At<i64>>,
    pub(crate) open_seconds: Option<At<i64>>,
    pub(crate) probes: Option<At<i64>>,
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
    pub(crate) run_reply_headers_max: Option<At<i64>>,
    pub(crate) run_reply_bytes_max: Option<At<i64>>,
    pub(crate) event_depth_max: Option<At<i64>>,
}

/// `[tenant.deploy]`
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct RawDeploy {
    #[serde(default)]
    pub(crate) grants: Vec<At<String>>,
    pub(crate) signed: Option<At<bool>>,
    #[serde(default)]
    pub(crate) keys: Vec<At<String>>,
    #[serde(default)]
    pub(crate) require: Vec<At<String>>,
    pub(crate) handlers_max: Option<At<i64>>,
    pub(crate) revisions_max: Option<At<i64>>,
    pub(crate) blob_bytes_max: Option<At<i64>>,
    pub(crate) changes_per_hour_max: Option<At<i64>>,
    #[serde(default)]
    pub(crate) limits: RawLimits,
}
