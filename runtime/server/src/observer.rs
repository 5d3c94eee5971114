//! Metrics of runs.

use evroute_dispatch::{Observer, RunRecord};
use evroute_module_api::Glue;
use std::sync::Arc;

use crate::{Config, Metrics, RunMetrics};

/// Counts every run. The counters are looked up once, at start: counting a run costs no look-up by name.
pub(crate) struct RunObserver {
    /// By tenant, then by event.
    counters: Vec<Vec<RunMetrics>>,
}

impl RunObserver {
    /// Counters for every event of every tenant.
    pub(crate) fn new(config: &Config, glues: &[Arc<dyn Glue>], metrics: &Metrics) -> Self {
        let events = |id| {
            glues
                .iter()
                .map(|glue| metrics.runs(id, glue.name()))
                .collect()
        };
        Self {
            counters: config
                .tenants
                .iter()
                .map(|tenant| events(&tenant.id))
                .collect(),
        }
    }
}

impl Observer for RunObserver {
    fn ran(&self, record: &RunRecord<'_>) {
        let tenant = self.counters.get(record.facts.tenant.index.position());
        if let Some(counters) = tenant.and_then(|events| events.get(record.index.position())) {
            counters.count(record.outcome.kind(), record.used.fuel, record.took);
        }
    }
}
