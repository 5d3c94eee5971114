//! What the operator may say: `[tenant.xhttp]`.

use std::sync::Arc;
use std::time::Duration;

use evroute_module_api::config::{At, TenantSections};
use evroute_module_api::{ModuleConfig, NewTenant, TenantPart};
use serde::Deserialize;

use crate::XhttpTenant;

/// The limits of a tenant's requests of HTTP.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct XhttpConfig {
    /// Longest body of a request, in bytes.
    pub body_bytes_max: usize,
    /// Longest answer of a handler, body and header fields together, in bytes.
    pub answer_bytes_max: usize,
    /// Most requests under way.
    pub requests_max: usize,
    /// Most requests under way of one source: an IPv4 address, or a /64 of IPv6.
    pub requests_per_source_max: usize,
    /// How long handlers may take to answer one, their waits included.
    pub answer_within: Duration,
    /// WebSockets that were closed, and no handler was told yet; the tenant's quota.
    pub events_queued_max: u32,
}

impl Default for XhttpConfig {
    fn default() -> Self {
        Self {
            body_bytes_max: 65_536,
            answer_bytes_max: 262_144,
            requests_max: 64,
            requests_per_source_max: 16,
            answer_within: Duration::from_secs(10),
            events_queued_max: 1024,
        }
    }
}

/// `[tenant.xhttp]` as it is written.
#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct RawXhttp {
    body_bytes_max: Option<At<i64>>,
    answer_bytes_max: Option<At<i64>>,
    requests_max: Option<At<i64>>,
    requests_per_source_max: Option<At<i64>>,
    answer_seconds_max: Option<At<i64>>,
}

impl XhttpConfig {
    /// Reads and checks the tenant's section; the defaults where there is none.
    pub(crate) fn read(sections: &mut TenantSections<'_>) -> Self {
        let raw: RawXhttp = sections.one("xhttp");
        let default = Self::default();
        let events_queued_max = sections.quota.events_queued_max;
        let check = &mut *sections.findings;
        let mut size = |key: &str, written: &Option<At<i64>>, range, default: usize| {
            let key = format!("tenant.xhttp.{key}");
            check.number(&key, written.as_ref(), range, default)
        };
        let requests_max = size(
            "requests_max",
            &raw.requests_max,
            1..=4096,
            default.requests_max,
        );
        let per_source = size(
            "requests_per_source_max",
            &raw.requests_per_source_max,
            1..=4096,
            default.requests_per_source_max,
        );
        let seconds = size("answer_seconds_max", &raw.answer_seconds_max, 1..=60, 10);
        Self {
            body_bytes_max: size(
                "body_bytes_max",
                &raw.body_bytes_max,
                0..=1_048_576,
                default.body_bytes_max,
            ),
            answer_bytes_max: size(
                "answer_bytes_max",
                &raw.answer_bytes_max,
                0..=1_048_576,
                default.answer_bytes_max,
            ),
            requests_max,
            requests_per_source_max: per_source.min(requests_max),
            answer_within: Duration::from_secs(u64::try_from(seconds).unwrap_or(u64::MAX)),
            events_queued_max,
        }
    }
}

impl ModuleConfig for XhttpConfig {
    fn keep(&self, tenant: &NewTenant<'_>) -> Arc<dyn TenantPart> {
        Arc::new(XhttpTenant::new(tenant.state.id.clone(), *self))
    }
}
