//! How long runs took.

use std::array;
use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use prometheus_client::encoding::{EncodeMetric, MetricEncoder, NoLabelSet};
use prometheus_client::metrics::{MetricType, TypedMetric};

/// Run times from 2 µs to a quarter of a second, doubling; and those that took longer.
const BUCKETS: usize = 18;
const FIRST_NANOS: u64 = 2_000;

/// A histogram of run times. Counting takes no lock. Clones share the numbers.
#[derive(Clone, Default, Debug)]
pub(super) struct RunSeconds(Arc<Counts>);

#[derive(Default, Debug)]
struct Counts {
    buckets: [AtomicU64; BUCKETS],
    longer: AtomicU64,
    nanos: AtomicU64,
}

/// The numbers of a histogram, or the sums of several.
#[derive(Clone, Copy, Default, Debug)]
pub(super) struct RunSecondsTotals {
    buckets: [u64; BUCKETS],
    longer: u64,
    nanos: u64,
}

impl RunSeconds {
    /// Counts a run that took so long.
    pub(super) fn observe(&self, took: Duration) {
        let nanos = u64::try_from(took.as_nanos()).unwrap_or(u64::MAX);
        let mut buckets = self.0.buckets.iter().zip(bounds());
        let bucket = buckets.find(|(_, bound)| nanos <= *bound);
        let bucket = bucket.map_or(&self.0.longer, |(bucket, _)| bucket);
        bucket.fetch_add(1, Ordering::Relaxed);
        self.0.nanos.fetch_add(nanos, Ordering::Relaxed);
    }

    /// The numbers now.
    pub(super) fn totals(&self) -> RunSecondsTotals {
        let read = |count: &AtomicU64| count.load(Ordering::Relaxed);
        let mut buckets = self.0.buckets.iter().map(read);
        RunSecondsTotals {
            buckets: array::from_fn(|_| buckets.next().unwrap_or_default()),
            longer: read(&self.0.longer),
            nanos: read(&self.0.nanos),
        }
    }
}

impl RunSecondsTotals {
    /// Adds those of another.
    pub(super) fn add(&mut self, other: &Self) {
        for (sum, more) in self.buckets.iter_mut().zip(other.buckets) {
            *sum = sum.saturating_add(more);
        }
        self.longer = self.longer.saturating_add(other.longer);
        self.nanos = self.nanos.saturating_add(other.nanos);
    }

    /// Writes it down, less the buckets that say nothing: a bucket is there when something is in
    /// it, or in the one above, so that quantiles are estimated as if all were there.
    pub(super) fn encode(&self, mut encoder: MetricEncoder<'_>) -> fmt::Result {
        let above = self.buckets.iter().skip(1).chain([&self.longer]);
        let all = self.buckets.iter().zip(above).zip(bounds());
        let said = all.filter(|((count, above), _)| **count > 0 || **above > 0);
        let mut buckets: Vec<_> = said
            .map(|((count, _), bound)| (seconds(bound), *count))
            .collect();
        buckets.push((f64::INFINITY, self.longer));
        let count = buckets.iter().map(|(_, count)| count);
        let count = count.fold(0, |sum: u64, more| sum.saturating_add(*more));
        encoder.encode_histogram::<NoLabelSet>(seconds(self.nanos), count, &buckets, None)
    }
}

/// The upper bounds of the buckets, in nanoseconds.
fn bounds() -> impl Iterator<Item = u64> {
    (0..BUCKETS).map(|bucket| FIRST_NANOS << bucket)
}

fn seconds(nanos: u64) -> f64 {
    Duration::from_nanos(nanos).as_secs_f64()
}

impl EncodeMetric for RunSeconds {
    fn encode(&self, encoder: MetricEncoder<'_>) -> fmt::Result {
        self.totals().encode(encoder)
    }

    fn metric_type(&self) -> MetricType {
        Self::TYPE
    }
}

impl TypedMetric for RunSeconds {
    const TYPE: MetricType = MetricType::Histogram;
}

#[cfg(test)]
mod tests {
    use prometheus_client::encoding::text::encode;
    use prometheus_client::registry::Registry;

    use super::*;

    fn text(runs: &[Duration]) -> String {
        let seconds = RunSeconds::default();
        for took in runs {
            seconds.observe(*took);
        }
        let mut registry = Registry::default();
        registry.register("s", "s", seconds);
        let mut text = String::new();
        encode(&mut text, &registry).unwrap();
        let lines = text.lines().filter(|line| !line.starts_with('#'));
        lines.map(|line| format!("{line}\n")).collect()
    }

    #[test]
    fn only_buckets_that_say_something_are_written() {
        let micros = Duration::from_micros;
        assert_eq!(
            text(&[micros(2), micros(30), micros(31), Duration::from_secs(1)]),
            "s_sum 1.000063\ns_count 4\ns_bucket{le=\"0.000002\"} 1\n\
             s_bucket{le=\"0.000016\"} 1\ns_bucket{le=\"0.000032\"} 3\n\
             s_bucket{le=\"0.262144\"} 3\ns_bucket{le=\"+Inf\"} 4\n"
        );
        assert_eq!(text(&[]), "s_sum 0.0\ns_count 0\ns_bucket{le=\"+Inf\"} 0\n");
    }
}
