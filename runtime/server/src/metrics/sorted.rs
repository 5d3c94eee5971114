//! Series of one name, in the order of their labels.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::{Arc, PoisonError, RwLock};

use prometheus_client::encoding::{EncodeLabelSet, EncodeMetric, MetricEncoder};
use prometheus_client::metrics::{MetricType, TypedMetric};

use super::view::View;

/// Labels of a series of a handler.
pub(super) trait HandlerLabels {
    /// Whose it is.
    fn tenant(&self) -> &str;

    /// How many bytes the values of the labels take.
    fn bytes(&self) -> usize;
}

/// What the library's `Family` is, but for the order, that one has none, so that two looks at the
/// same numbers would differ; and for the view, that shows those of one tenant or sums only. Clones
/// share the series.
#[derive(Clone, Debug)]
pub(super) struct Sorted<S, M> {
    series: Arc<RwLock<BTreeMap<S, M>>>,
    view: Arc<View>,
    make: fn() -> M,
}

impl<S: Clone + Ord, M: Clone> Sorted<S, M> {
    /// No series yet; each begins with what is made.
    pub(super) fn new(view: &Arc<View>, make: fn() -> M) -> Self {
        Self {
            series: Arc::default(),
            view: Arc::clone(view),
            make,
        }
    }

    /// The series with these labels, which is there from now on.
    pub(super) fn get_or_create(&self, labels: &S) -> M {
        let mut series = self.series.write().unwrap_or_else(PoisonError::into_inner);
        let one = series.entry(labels.clone()).or_insert_with(self.make);
        one.clone()
    }

    /// Forgets the series of which this does not hold.
    pub(super) fn retain(&self, is_kept: impl Fn(&S) -> bool) {
        let mut series = self.series.write().unwrap_or_else(PoisonError::into_inner);
        series.retain(|labels, _| is_kept(labels));
    }

    /// Looks at each.
    pub(super) fn each(&self, mut look: impl FnMut(&S, &M)) {
        let series = self.series.read().unwrap_or_else(PoisonError::into_inner);
        for (labels, metric) in series.iter() {
            look(labels, metric);
        }
    }

    /// How many there are.
    pub(super) fn len(&self) -> usize {
        let series = self.series.read().unwrap_or_else(PoisonError::into_inner);
        series.len()
    }

    /// How many there are from these labels on of which this holds, without a gap.
    pub(super) fn count_from(&self, first: &S, holds: impl Fn(&S) -> bool) -> usize {
        let series = self.series.read().unwrap_or_else(PoisonError::into_inner);
        series
            .range::<S, _>(first..)
            .take_while(|(labels, _)| holds(labels))
            .count()
    }
}

impl<S: EncodeLabelSet + HandlerLabels, M: EncodeMetric + TypedMetric> EncodeMetric
    for Sorted<S, M>
{
    fn encode(&self, mut encoder: MetricEncoder<'_>) -> fmt::Result {
        let series = self.series.read().unwrap_or_else(PoisonError::into_inner);
        for (labels, metric) in series.iter() {
            if self.view.shows_handler(labels.tenant(), labels.bytes()) {
                metric.encode(encoder.encode_family(labels)?)?;
            }
        }
        Ok(())
    }

    fn metric_type(&self) -> MetricType {
        M::TYPE
    }
}
