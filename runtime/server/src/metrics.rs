//! What the server counts, for Prometheus.

mod callback_collector;
mod family;
mod sorted;

use std::fmt;
use std::sync::{Mutex, OnceLock};
use std::time::Duration;

use evroute_event::{EventName, OutcomeKind};
use evroute_module_api::{MetricFamily, Samples};
use evroute_tenant::{HandlerId, TenantId};
use prometheus_client::encoding::EncodeLabelSet;
use prometheus_client::encoding::text::encode;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::histogram::{Histogram, exponential_buckets};
use prometheus_client::metrics::info::Info;
use prometheus_client::registry::{Metric, Registry};

use callback_collector::CallbackCollector;
pub(crate) use family::FAMILIES;
use sorted::Sorted;

/// The families, by name.
pub(crate) mod families {
    pub(crate) use super::family::*;
}

/// Everything that GET /metrics shows. Names begin with `evroute_`.
///
/// Labels are few by design: tenant, handler, event, outcome, transport. Never a Call-ID, a URI or
/// anything else that a peer chooses.
#[derive(Debug)]
pub struct Metrics {
    registry: Mutex<Registry>,
    runs: Sorted<RunLabels, Counter>,
    fuel: Sorted<EventLabels, Counter>,
    seconds: Sorted<EventLabels, Histogram>,
}

#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug, EncodeLabelSet)]
struct EventLabels {
    tenant: String,
    handler: String,
    event: &'static str,
}

#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug, EncodeLabelSet)]
struct RunLabels {
    tenant: String,
    handler: String,
    event: &'static str,
    outcome: &'static str,
}

/// Run times from 2 µs to a quarter of a second, doubling.
fn run_buckets() -> Histogram {
    Histogram::new(exponential_buckets(2e-6, 2.0, 18))
}

impl Metrics {
    /// What runs count, none yet, and the version.
    #[must_use]
    pub fn new() -> Self {
        let metrics = Self {
            registry: Mutex::new(Registry::with_prefix("evroute")),
            runs: Sorted::new(Counter::default),
            fuel: Sorted::new(Counter::default),
            seconds: Sorted::new(run_buckets),
        };
        metrics.register(&families::RUNS, metrics.runs.clone());
        metrics.register(&families::RUN_FUEL, metrics.fuel.clone());
        metrics.register(&families::RUN_SECONDS, metrics.seconds.clone());
        let version = Info::new([("version", env!("CARGO_PKG_VERSION"))]);
        metrics.register(&families::BUILD, version);
        metrics
    }

    fn register(&self, family: &MetricFamily, metric: impl Metric) {
        self.with_registry(|registry| registry.register(family.name, family.meaning, metric));
    }

    /// Adds a family whose numbers are asked for when somebody looks.
    pub(crate) fn read(
        &self,
        family: MetricFamily,
        read: impl Fn() -> Samples + Send + Sync + 'static,
    ) {
        let collector = Box::new(CallbackCollector::new(family, read));
        self.with_registry(|registry| registry.register_collector(collector));
    }

    /// Adds a family of one number without labels.
    pub(crate) fn read_one(
        &self,
        family: MetricFamily,
        read: impl Fn() -> u64 + Send + Sync + 'static,
    ) {
        self.read(family, move || vec![(Vec::new(), read())]);
    }

    /// The counters of one handler's runs of one event, looked up once so that counting a run costs
    /// no look-up. They are on the page from now on; an outcome, from its first run on.
    #[must_use]
    pub fn runs(&self, tenant: &TenantId, handler: &HandlerId, event: EventName) -> RunMetrics {
        let labels = EventLabels {
            tenant: tenant.to_string(),
            handler: handler.to_string(),
            event: event.as_str(),
        };
        RunMetrics {
            outcomes: OutcomeKind::ALL.map(|outcome| (outcome, OnceLock::new())),
            runs: self.runs.clone(),
            fuel: self.fuel.get_or_create(&labels),
            seconds: self.seconds.get_or_create(&labels),
            labels,
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

/// What is counted about one handler's runs of one event.
#[derive(Clone, Debug)]
pub struct RunMetrics {
    labels: EventLabels,
    runs: Sorted<RunLabels, Counter>,
    outcomes: [(OutcomeKind, OnceLock<Counter>); 9],
    fuel: Counter,
    seconds: Histogram,
}

impl RunMetrics {
    /// Counts a run that ended.
    pub fn count(&self, outcome: OutcomeKind, fuel: u64, took: Duration) {
        if let Some((_, counter)) = self.outcomes.iter().find(|(kind, _)| *kind == outcome) {
            counter.get_or_init(|| self.counter(outcome)).inc();
        }
        self.fuel.inc_by(fuel);
        self.seconds.observe(took.as_secs_f64());
    }

    fn counter(&self, outcome: OutcomeKind) -> Counter {
        let labels = RunLabels {
            tenant: self.labels.tenant.clone(),
            handler: self.labels.handler.clone(),
            event: self.labels.event,
            outcome: outcome.as_str(),
        };
        self.runs.get_or_create(&labels)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const EVENT: EventName = EventName::new("tm:local-request");

    fn runs(metrics: &Metrics, tenant: &str, handler: &str) -> RunMetrics {
        let (tenant, handler) = (tenant.parse().unwrap(), handler.parse().unwrap());
        metrics.runs(&tenant, &handler, EVENT)
    }

    #[test]
    fn a_run_is_counted_once_under_its_outcome() {
        let metrics = Metrics::new();
        let runs = runs(&metrics, "demo", "guard");
        runs.count(OutcomeKind::Returned, 100, Duration::from_micros(3));
        runs.count(OutcomeKind::Returned, 100, Duration::from_micros(3));
        runs.count(OutcomeKind::Trap, 5, Duration::from_secs(9));
        let text = metrics.text().unwrap();
        let line = |outcome: &str, count: u64| {
            format!(
                "evroute_runs_total{{tenant=\"demo\",handler=\"guard\",event=\"tm:local-request\",outcome=\"{outcome}\"}} {count}\n"
            )
        };
        for expected in [line("Returned", 2), line("Trap", 1)] {
            assert!(text.contains(&expected), "{expected} is not in {text}");
        }
        assert!(!text.contains("OutOfFuel"), "nothing has run out: {text}");
        let fuel = "evroute_run_fuel_total{tenant=\"demo\",handler=\"guard\",event=\"tm:local-request\"} 205\n";
        assert!(text.contains(fuel), "{text}");
        let count = "evroute_run_seconds_count{tenant=\"demo\",handler=\"guard\",event=\"tm:local-request\"} 3\n";
        assert!(text.contains(count), "{text}");
    }

    #[test]
    fn the_same_counters_are_handed_out_again() {
        let metrics = Metrics::new();
        for _ in 0..2 {
            let runs = runs(&metrics, "demo", "guard");
            runs.count(OutcomeKind::Cancelled, 0, Duration::ZERO);
        }
        assert!(
            metrics
                .text()
                .unwrap()
                .contains("outcome=\"Cancelled\"} 2\n")
        );
    }

    #[test]
    fn series_are_in_the_order_of_their_labels() {
        let metrics = Metrics::new();
        let pairs = [("b", "y"), ("a", "z"), ("b", "x"), ("a", "c")];
        for (tenant, handler) in pairs {
            let runs = runs(&metrics, tenant, handler);
            runs.count(OutcomeKind::Returned, 1, Duration::ZERO);
        }
        metrics.read(families::TENANT_SERVED, || {
            vec![(vec!["b".to_owned()], 1), (vec!["a".to_owned()], 2)]
        });
        let text = metrics.text().unwrap();
        for name in [
            "evroute_runs_total",
            "evroute_run_fuel_total",
            "evroute_tenant_served",
        ] {
            let found = text.lines().filter(|line| line.starts_with(name));
            let found: Vec<_> = found.collect();
            assert!(found.len() >= 2 && found.is_sorted(), "{found:?}");
        }
    }

    #[test]
    fn a_reading_is_taken_when_somebody_looks() {
        let metrics = Metrics::new();
        let value = std::sync::Arc::new(std::sync::atomic::AtomicU64::new(1));
        let seen = std::sync::Arc::clone(&value);
        let read = move || seen.load(std::sync::atomic::Ordering::Relaxed);
        metrics.read_one(families::RUNS_IN_FLIGHT, read);
        assert!(
            metrics
                .text()
                .unwrap()
                .contains("\nevroute_runs_in_flight 1\n")
        );
        value.store(7, std::sync::atomic::Ordering::Relaxed);
        let text = metrics.text().unwrap();
        assert!(
            text.contains(
                "# HELP evroute_runs_in_flight Runs that are under way, in both lanes.\n"
            ),
            "{text}"
        );
        assert!(text.contains("\nevroute_runs_in_flight 7\n"), "{text}");
        assert!(text.ends_with("# EOF\n"));
    }
}
