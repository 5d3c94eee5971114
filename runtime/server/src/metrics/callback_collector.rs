//! Numbers that are asked for when somebody looks.

use std::fmt;

use evroute_module_api::{MetricFamily, MetricKind, Samples};
use prometheus_client::collector::Collector;
use prometheus_client::encoding::{DescriptorEncoder, MetricEncoder, NoLabelSet};
use prometheus_client::metrics::MetricType;

/// A family whose numbers are somebody else's.
pub(super) struct CallbackCollector {
    family: MetricFamily,
    meaning: String,
    read: Box<dyn Fn() -> Samples + Send + Sync>,
}

impl CallbackCollector {
    pub(super) fn new(
        family: MetricFamily,
        read: impl Fn() -> Samples + Send + Sync + 'static,
    ) -> Self {
        Self {
            family,
            // The registry ends the sentences of its own families, and not those of a collector.
            meaning: format!("{}.", family.meaning),
            read: Box::new(read),
        }
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
        let kind = match self.family.kind {
            MetricKind::Counter => MetricType::Counter,
            MetricKind::Gauge => MetricType::Gauge,
            MetricKind::Histogram | MetricKind::Info => return Err(fmt::Error),
        };
        let mut family = encoder.encode_descriptor(self.family.name, &self.meaning, None, kind)?;
        let mut samples = (self.read)();
        // Two looks at the same numbers are to be the same.
        samples.sort_unstable();
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
