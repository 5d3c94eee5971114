//! Series of one name, in the order of their labels.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::{Arc, PoisonError, RwLock};

use prometheus_client::encoding::{EncodeLabelSet, EncodeMetric, MetricEncoder};
use prometheus_client::metrics::{MetricType, TypedMetric};

/// What the library's `Family` is, but for the order: that one has none, so that two looks at the
/// same numbers would differ. Clones share the series.
#[derive(Clone, Debug)]
pub(super) struct Sorted<S, M> {
    series: Arc<RwLock<BTreeMap<S, M>>>,
    make: fn() -> M,
}

impl<S: Clone + Ord, M: Clone> Sorted<S, M> {
    /// No series yet; each begins with what is made.
    pub(super) fn new(make: fn() -> M) -> Self {
        Self {
            series: Arc::default(),
            make,
        }
    }

    /// The series with these labels, which is there from now on.
    pub(super) fn get_or_create(&self, labels: &S) -> M {
        let mut series = self.series.write().unwrap_or_else(PoisonError::into_inner);
        let one = series.entry(labels.clone()).or_insert_with(self.make);
        one.clone()
    }
}

impl<S: EncodeLabelSet, M: EncodeMetric + TypedMetric> EncodeMetric for Sorted<S, M> {
    fn encode(&self, mut encoder: MetricEncoder<'_>) -> fmt::Result {
        let series = self.series.read().unwrap_or_else(PoisonError::into_inner);
        for (labels, metric) in series.iter() {
            metric.encode(encoder.encode_family(labels)?)?;
        }
        Ok(())
    }

    fn metric_type(&self) -> MetricType {
        M::TYPE
    }
}
