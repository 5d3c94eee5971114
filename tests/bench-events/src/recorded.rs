//! A tenant whose runs are recorded, as its configuration would say it.

use std::sync::Arc;
use std::time::Duration;

use evroute_module_api::{ModuleConfig, NewTenant, RunRecorder, TenantState};
use evroute_module_recordings::RecordingsConfig;
use evroute_tenant::{TenantIndex, TenantQuota};

use crate::setup::Error;

/// No call of the bench is in the share: each run is looked at, and passed.
pub(crate) fn sampled_out() -> RecordingsConfig {
    RecordingsConfig {
        failed: false,
        calls_per_million: 1,
        ..failed_only()
    }
}

/// Each run is listened to, and dropped since it has not failed.
pub(crate) fn failed_only() -> RecordingsConfig {
    RecordingsConfig {
        rare_per_hour: 0,
        ..RecordingsConfig::default()
    }
}

/// What sees the runs of such a tenant. Nothing is written.
pub(crate) fn recorder(config: &RecordingsConfig) -> Result<Arc<dyn RunRecorder>, Error> {
    let (id, index) = ("bench".parse()?, TenantIndex::new(0));
    let state = TenantState::new(id, index);
    let part = config.keep(&NewTenant {
        id: &state.id,
        index,
        quota: &TenantQuota::default(),
        state: &state,
        others: &[],
        before: None,
        limit: Duration::from_secs(1),
        clock: || 0,
    });
    part.recorder()
        .ok_or_else(|| "the module records nothing".into())
}
