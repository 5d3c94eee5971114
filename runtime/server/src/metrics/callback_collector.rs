//! Numbers that are asked for when somebody looks.

use std::fmt;
use std::sync::Arc;

use evroute_module_api::{MetricFamily, MetricKind, Samples};
use prometheus_client::collector::Collector;
use prometheus_client::encoding::{DescriptorEncoder, MetricEncoder, NoLabelSet};
use prometheus_client::metrics::MetricType;

use super::family::TENANT_SERVED;
use super::view::View;

/// A family whose numbers are somebody else's.
pub(super) struct CallbackCollector {
    family: MetricFamily,
    meaning: String,
    view: Arc<View>,
    read: Box<dyn Fn() -> Samples + Send + Sync>,
}

impl CallbackCollector {
    pub(super) fn new(
        family: MetricFamily,
        view: &Arc<View>,
        read: impl Fn() -> Samples + Send + Sync + 'static,
    ) -> Self {
        Self {
            family,
            // The registry ends the sentences of its own families, and not those of a collector.
            meaning: format!("{}.", family.meaning),
            view: Arc::clone(view),
            read: Box::new(read),
        }
    }

    /// Whether a sample of a tenant is shown. Zero says nothing, but of what says yes or no.
    fn shows(&self, labels: &[String], value: u64) -> bool {
        let says = value > 0 || self.family == TENANT_SERVED || self.view.shows_zero();
        let bytes = labels.iter().map(String::len).sum::<usize>() + self.family.name.len();
        says && self
            .view
            .shows(labels.first().map_or("", |tenant| tenant), bytes)
    }

    fn number(&self, encoder: &mut MetricEncoder<'_>, value: u64) -> fmt::Result {
        if self.family.kind == MetricKind::Counter {
            encoder.encode_counter::<NoLabelSet, _, u64>(&value, None)
        } else {
            encoder.encode_gauge(&value)
        }
    }
}

impl Collector for CallbackCollector {
    fn encode(&self, mut encoder: DescriptorEncoder<'_>) -> fmt::Result {
        let is_of_tenants = self.family.labels.first() == Some(&"tenant");
        if !is_of_tenants && !self.view.shows_server() {
            return Ok(());
        }
        let kind = match self.family.kind {
            MetricKind::Counter => MetricType::Counter,
            MetricKind::Gauge => MetricType::Gauge,
            MetricKind::Histogram | MetricKind::Info => return Err(fmt::Error),
        };
        let mut family = encoder.encode_descriptor(self.family.name, &self.meaning, None, kind)?;
        let mut samples = (self.read)();
        // Two looks at the same numbers are to be the same.
        samples.sort_unstable();
        samples.retain(|(labels, value)| !is_of_tenants || self.shows(labels, *value));
        for (values, value) in samples {
            if values.is_empty() {
                self.number(&mut family, value)?;
            } else {
                let labels: Vec<(&str, String)> =
                    self.family.labels.iter().copied().zip(values).collect();
                self.number(&mut family.encode_family(&labels)?, value)?;
            }
        }
        Ok(())
    }
}

impl fmt::Debug for CallbackCollector {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "CallbackCollector({})", self.family.name)
    }
}
