//! Sums of what runs counted: of each tenant, and of each event.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;

use prometheus_client::encoding::{EncodeMetric, MetricEncoder, NoLabelSet};
use prometheus_client::metrics::MetricType;
use prometheus_client::metrics::counter::Counter;

use super::run_seconds::{RunSeconds, RunSecondsTotals};
use super::sorted::Sorted;
use super::view::View;
use super::{EventLabels, RunLabels, families};

/// Runs of each tenant, by outcome.
#[derive(Debug)]
pub(super) struct TenantRuns {
    pub(super) runs: Sorted<RunLabels, Counter>,
    pub(super) view: Arc<View>,
}

/// Fuel of each tenant.
#[derive(Debug)]
pub(super) struct TenantFuel {
    pub(super) fuel: Sorted<EventLabels, Counter>,
    pub(super) view: Arc<View>,
}

/// Times of runs of each event, whoever's.
#[derive(Debug)]
pub(super) struct EventSeconds {
    pub(super) seconds: Sorted<EventLabels, RunSeconds>,
    pub(super) view: Arc<View>,
}

impl EncodeMetric for TenantRuns {
    fn encode(&self, mut encoder: MetricEncoder<'_>) -> fmt::Result {
        let mut sums: BTreeMap<(String, &'static str), u64> = BTreeMap::new();
        self.runs.each(|labels, counter| {
            let sum = sums.entry((labels.tenant.clone(), labels.outcome));
            *sum.or_default() += counter.get();
        });
        let name = families::TENANT_RUNS.name.len();
        for ((tenant, outcome), sum) in sums {
            if self
                .view
                .shows(&tenant, name + tenant.len() + outcome.len())
            {
                let labels = [("tenant", tenant.as_str()), ("outcome", outcome)];
                let mut series = encoder.encode_family(&labels)?;
                series.encode_counter::<NoLabelSet, _, u64>(&sum, None)?;
            }
        }
        Ok(())
    }

    fn metric_type(&self) -> MetricType {
        MetricType::Counter
    }
}

impl EncodeMetric for TenantFuel {
    fn encode(&self, mut encoder: MetricEncoder<'_>) -> fmt::Result {
        let mut sums: BTreeMap<String, u64> = BTreeMap::new();
        self.fuel.each(|labels, counter| {
            *sums.entry(labels.tenant.clone()).or_default() += counter.get();
        });
        let name = families::TENANT_RUN_FUEL.name.len();
        for (tenant, sum) in sums {
            if self.view.shows(&tenant, name + tenant.len()) {
                let labels = [("tenant", tenant.as_str())];
                let mut series = encoder.encode_family(&labels)?;
                series.encode_counter::<NoLabelSet, _, u64>(&sum, None)?;
            }
        }
        Ok(())
    }

    fn metric_type(&self) -> MetricType {
        MetricType::Counter
    }
}

impl EncodeMetric for EventSeconds {
    fn encode(&self, mut encoder: MetricEncoder<'_>) -> fmt::Result {
        if !self.view.shows_server() {
            return Ok(());
        }
        let mut sums: BTreeMap<&'static str, RunSecondsTotals> = BTreeMap::new();
        self.seconds.each(|labels, seconds| {
            sums.entry(labels.event).or_default().add(&seconds.totals());
        });
        for (event, sum) in sums {
            let labels = [("event", event)];
            sum.encode(encoder.encode_family(&labels)?)?;
        }
        Ok(())
    }

    fn metric_type(&self) -> MetricType {
        MetricType::Histogram
    }
}
