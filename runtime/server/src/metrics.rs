//! What the server counts, for Prometheus.

use std::fmt;
use std::sync::Mutex;
use std::sync::atomic::AtomicU64;
use std::time::Duration;

use evroute_event::{EventName, OutcomeKind};
use evroute_tenant::TenantId;
use prometheus_client::collector::Collector;
use prometheus_client::encoding::text::encode;
use prometheus_client::encoding::{DescriptorEncoder, EncodeLabelSet, EncodeMetric};
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::ConstGauge;
use prometheus_client::metrics::histogram::{Histogram, exponential_buckets};
use prometheus_client::registry::{Metric, Registry};

/// Everything that GET /metrics shows. Names begin with `evroute_`.
///
/// Labels are few by design: tenant, event, outcome, transport. Never a Call-ID, a URI or anything else that
/// a peer chooses.
#[derive(Debug)]
pub struct Metrics {
    registry: Mutex<Registry>,
    runs: Family<RunLabels, Counter>,
    fuel: Family<EventLabels, Counter>,
    seconds: Family<EventLabels, Histogram, fn() -> Histogram>,
}

#[derive(Clone, PartialEq, Eq, Hash, Debug, EncodeLabelSet)]
struct EventLabels {
    tenant: String,
    event: &'static str,
}

#[derive(Clone, PartialEq, Eq, Hash, Debug, EncodeLabelSet)]
struct RunLabels {
    tenant: String,
    event: &'static str,
    outcome: &'static str,
}

#[derive(Clone, PartialEq, Eq, Hash, Debug, EncodeLabelSet)]
struct BuildLabels {
    version: &'static str,
}

/// Run times from 2 µs to a quarter of a second, doubling.
fn run_buckets() -> Histogram {
    Histogram::new(exponential_buckets(2e-6, 2.0, 18))
}

impl Metrics {
    /// All families, all at zero.
    #[must_use]
    pub fn new() -> Self {
        let mut registry = Registry::with_prefix("evroute");
        let runs = Family::default();
        registry.register(
            "runs",
            "Runs of handlers that ended, by outcome",
            runs.clone(),
        );
        let fuel = Family::default();
        registry.register("run_fuel", "Fuel burnt by runs", fuel.clone());
        let seconds = Family::new_with_constructor(run_buckets as fn() -> Histogram);
        registry.register("run_seconds", "Wall time of runs", seconds.clone());
        let build =
            Family::<BuildLabels, ConstGauge<i64>, _>::new_with_constructor(|| ConstGauge::new(1));
        drop(build.get_or_create(&BuildLabels {
            version: env!("CARGO_PKG_VERSION"),
        }));
        registry.register("build", "The version that runs", build);
        Self {
            registry: Mutex::new(registry),
            runs,
            fuel,
            seconds,
        }
    }

    /// Adds a family of another part of the server. `name` without the prefix, and without `_total` where it is a
    /// counter.
    pub fn register(&self, name: &str, meaning: &str, metric: impl Metric) {
        self.with_registry(|registry| registry.register(name, meaning, metric));
    }

    /// Adds a number that is asked for when somebody looks.
    pub fn register_reading(
        &self,
        name: &'static str,
        meaning: &str,
        read: impl Fn() -> u64 + Send + Sync + 'static,
    ) {
        // The registry ends the sentences of its own families, and not those of a collector.
        let meaning = format!("{meaning}.");
        let reading = Reading {
            name,
            meaning,
            read: Box::new(read),
        };
        self.with_registry(|registry| registry.register_collector(Box::new(reading)));
    }

    /// The counters of one tenant's runs of one event, looked up once so that counting a run costs no look-up.
    #[must_use]
    pub fn runs(&self, tenant: &TenantId, event: EventName) -> RunMetrics {
        let labels = EventLabels {
            tenant: tenant.to_string(),
            event: event.as_str(),
        };
        let outcomes = OutcomeKind::ALL.map(|outcome| {
            let labels = RunLabels {
                tenant: labels.tenant.clone(),
                event: labels.event,
                outcome: outcome.as_str(),
            };
            (outcome, self.runs.get_or_create_owned(&labels))
        });
        let fuel = self.fuel.get_or_create_owned(&labels);
        RunMetrics {
            outcomes,
            fuel,
            seconds: self.seconds.get_or_create_owned(&labels),
        }
    }

    /// The text that GET /metrics answers, in the OpenMetrics format.
    ///
    /// # Errors
    /// When a value cannot be written as text, which would be a mistake in this program.
    pub fn text(&self) -> Result<String, fmt::Error> {
        let mut text = String::new();
        self.with_registry(|registry| encode(&mut text, registry))?;
        Ok(text)
    }

    /// The registry is consistent even if a writer panicked: adding a family is one push.
    fn with_registry<T>(&self, act: impl FnOnce(&mut Registry) -> T) -> T {
        act(&mut self
            .registry
            .lock()
            .unwrap_or_else(std::sync::PoisonError::into_inner))
    }
}

impl Default for Metrics {
    fn default() -> Self {
        Self::new()
    }
}

/// What is counted about one tenant's runs of one event.
#[derive(Clone, Debug)]
pub struct RunMetrics {
    outcomes: [(OutcomeKind, Counter<u64, AtomicU64>); 9],
    fuel: Counter,
    seconds: Histogram,
}

impl RunMetrics {
    /// Counts a run that ended.
    pub fn count(&self, outcome: OutcomeKind, fuel: u64, took: Duration) {
        if let Some((_, counter)) = self.outcomes.iter().find(|(kind, _)| *kind == outcome) {
            counter.inc();
        }
        self.fuel.inc_by(fuel);
        self.seconds.observe(took.as_secs_f64());
    }
}

/// A gauge whose value is read when somebody looks.
struct Reading {
    name: &'static str,
    meaning: String,
    read: Box<dyn Fn() -> u64 + Send + Sync>,
}

impl Collector for Reading {
    fn encode(&self, mut encoder: DescriptorEncoder<'_>) -> Result<(), fmt::Error> {
        let gauge = ConstGauge::new((self.read)());
        let family =
            encoder.encode_descriptor(self.name, &self.meaning, None, gauge.metric_type())?;
        gauge.encode(family)
    }
}

impl fmt::Debug for Reading {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Reading({})", self.name)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const EVENT: EventName = EventName::new("tm:local-request");

    #[test]
    fn a_run_is_counted_once_under_its_outcome() {
        let metrics = Metrics::new();
        let runs = metrics.runs(&"demo".parse().unwrap(), EVENT);
        runs.count(OutcomeKind::Returned, 100, Duration::from_micros(3));
        runs.count(OutcomeKind::Returned, 100, Duration::from_micros(3));
        runs.count(OutcomeKind::Trap, 5, Duration::from_secs(9));
        let text = metrics.text().unwrap();
        let line = |outcome: &str, count: u64| {
            format!(
                "evroute_runs_total{{tenant=\"demo\",event=\"tm:local-request\",outcome=\"{outcome}\"}} {count}\n"
            )
        };
        for expected in [line("Returned", 2), line("Trap", 1), line("OutOfFuel", 0)] {
            assert!(text.contains(&expected), "{expected} is not in {text}");
        }
        let fuel = "evroute_run_fuel_total{tenant=\"demo\",event=\"tm:local-request\"} 205\n";
        assert!(text.contains(fuel), "{text}");
        let count = "evroute_run_seconds_count{tenant=\"demo\",event=\"tm:local-request\"} 3\n";
        assert!(text.contains(count), "{text}");
    }

    #[test]
    fn the_same_counters_are_handed_out_again() {
        let metrics = Metrics::new();
        let tenant: TenantId = "demo".parse().unwrap();
        metrics
            .runs(&tenant, EVENT)
            .count(OutcomeKind::Cancelled, 0, Duration::ZERO);
        metrics
            .runs(&tenant, EVENT)
            .count(OutcomeKind::Cancelled, 0, Duration::ZERO);
        assert!(
            metrics
                .text()
                .unwrap()
                .contains("outcome=\"Cancelled\"} 2\n")
        );
    }

    #[test]
    fn a_reading_is_taken_when_somebody_looks() {
        let metrics = Metrics::new();
        let value = std::sync::Arc::new(AtomicU64::new(1));
        let seen = std::sync::Arc::clone(&value);
        let read = move || seen.load(std::sync::atomic::Ordering::Relaxed);
        metrics.register_reading("transactions", "Transactions under way", read);
        assert!(
            metrics
                .text()
                .unwrap()
                .contains("\nevroute_transactions 1\n")
        );
        value.store(7, std::sync::atomic::Ordering::Relaxed);
        let text = metrics.text().unwrap();
        assert!(
            text.contains("# HELP evroute_transactions Transactions under way.\n"),
            "{text}"
        );
        assert!(text.contains("\nevroute_transactions 7\n"), "{text}");
        assert!(text.ends_with("# EOF\n"));
    }
}
