//! What the server counts, for Prometheus.

mod callback_collector;
mod family;
mod run_seconds;
mod run_totals;
mod sorted;
mod view;

use std::fmt::{self, Write as _};
use std::sync::{Arc, Mutex, OnceLock};
use std::time::Duration;

use evroute_event::{EventName, OutcomeKind};
use evroute_module_api::{MetricFamily, Samples};
use evroute_tenant::{HandlerId, TenantId};
use prometheus_client::encoding::EncodeLabelSet;
use prometheus_client::encoding::text::encode;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::info::Info;
use prometheus_client::registry::{Metric, Registry};

use callback_collector::CallbackCollector;
pub(crate) use family::FAMILIES;
use run_seconds::RunSeconds;
use run_totals::{EventSeconds, TenantFuel, TenantRuns};
use sorted::{HandlerLabels, Sorted};
use view::View;

/// The families, by name.
pub(crate) mod families {
    pub(crate) use super::family::*;
}

/// How the page ends.
const END: &str = "# EOF\n";

/// How many pairs of handler and event of one tenant have series of their own. Handlers come and
/// go; what is beyond is counted as one.
const HANDLERS_COUNTED_MAX: usize = 512;

/// The name of those handlers, which no handler can have.
const OTHER_HANDLERS: &str = "(other)";

/// Everything that GET /metrics shows. Names begin with `evroute_`.
///
/// Labels are few by design: tenant, handler, event, outcome, transport. Never a Call-ID, a URI or
/// anything else that a peer chooses.
#[derive(Debug)]
pub struct Metrics {
    registry: Mutex<Registry>,
    view: Arc<View>,
    runs: Sorted<RunLabels, Counter>,
    fuel: Sorted<EventLabels, Counter>,
    seconds: Sorted<EventLabels, RunSeconds>,
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

impl HandlerLabels for EventLabels {
    fn tenant(&self) -> &str {
        &self.tenant
    }

    fn bytes(&self) -> usize {
        self.tenant.len() + self.handler.len() + self.event.len()
    }
}

impl HandlerLabels for RunLabels {
    fn tenant(&self) -> &str {
        &self.tenant
    }

    fn bytes(&self) -> usize {
        self.tenant.len() + self.handler.len() + self.event.len() + self.outcome.len()
    }
}

impl Metrics {
    /// What runs count, none yet, and the version.
    #[must_use]
    pub fn new() -> Self {
        let view = Arc::new(View::default());
        let metrics = Self {
            registry: Mutex::new(Registry::with_prefix("evroute")),
            runs: Sorted::new(&view, Counter::default),
            fuel: Sorted::new(&view, Counter::default),
            seconds: Sorted::new(&view, RunSeconds::default),
            view,
        };
        metrics.register_totals();
        metrics.register(&families::RUNS, metrics.runs.clone());
        metrics.register(&families::RUN_FUEL, metrics.fuel.clone());
        metrics.register(&families::RUN_SECONDS, metrics.seconds.clone());
        let version = Info::new([("version", env!("CARGO_PKG_VERSION"))]);
        metrics.register(&families::BUILD, version);
        metrics
    }

    fn register_totals(&self) {
        let (runs, fuel, seconds) = (&self.runs, &self.fuel, &self.seconds);
        let view = || Arc::clone(&self.view);
        let runs = TenantRuns {
            runs: runs.clone(),
            view: view(),
        };
        self.register(&families::TENANT_RUNS, runs);
        let fuel = TenantFuel {
            fuel: fuel.clone(),
            view: view(),
        };
        self.register(&families::TENANT_RUN_FUEL, fuel);
        let seconds = EventSeconds {
            seconds: seconds.clone(),
            view: view(),
        };
        self.register(&families::EVENT_RUN_SECONDS, seconds);
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
        let collector = Box::new(CallbackCollector::new(family, &self.view, read));
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
        let mut labels = EventLabels {
            tenant: tenant.to_string(),
            handler: String::new(),
            event: "",
        };
        let is_its = |known: &EventLabels| known.tenant == labels.tenant;
        let known = self.fuel.count_from(&labels, is_its);
        labels.event = event.as_str();
        labels.handler = match known < HANDLERS_COUNTED_MAX {
            true => handler.to_string(),
            false => OTHER_HANDLERS.to_owned(),
        };
        RunMetrics {
            outcomes: OutcomeKind::ALL.map(|outcome| (outcome, OnceLock::new())),
            runs: self.runs.clone(),
            fuel: self.fuel.get_or_create(&labels),
            seconds: self.seconds.get_or_create(&labels),
            labels,
        }
    }

    /// Forgets the series of a tenant that is gone.
    pub(crate) fn forget(&self, tenant: &TenantId) {
        let tenant = tenant.as_str();
        self.runs.retain(|labels| labels.tenant != tenant);
        self.fuel.retain(|labels| labels.tenant != tenant);
        self.seconds.retain(|labels| labels.tenant != tenant);
    }

    /// The text that GET /metrics answers, in the OpenMetrics format.
    ///
    /// # Errors
    /// When a value cannot be written as text, which would be a mistake in this program.
    pub fn text(&self) -> Result<String, fmt::Error> {
        self.view_of(None)
    }

    /// The same of one tenant alone, in full: numbers that are zero, and each handler's, are there
    /// as well.
    ///
    /// # Errors
    /// As [`Metrics::text`].
    pub fn text_of(&self, tenant: &str) -> Result<String, fmt::Error> {
        self.view_of(Some(tenant))
    }

    fn view_of(&self, tenant: Option<&str>) -> Result<String, fmt::Error> {
        let mut text = String::new();
        let hidden = self.with_registry(|registry| {
            self.view.begin(tenant, self.fuel.len());
            encode(&mut text, registry)?;
            Ok::<_, fmt::Error>(self.view.hidden())
        })?;
        if tenant.is_none() {
            // Known only now.
            let end = text.strip_suffix(END).map(str::len).ok_or(fmt::Error)?;
            text.truncate(end);
            let family = families::METRICS_SERIES_HIDDEN;
            let (name, meaning) = (family.full_name(), family.meaning);
            write!(
                text,
                "# HELP {name} {meaning}.\n# TYPE {name} gauge\n{name} {hidden}\n{END}"
            )?;
        }
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
    seconds: RunSeconds,
}

impl RunMetrics {
    /// Counts a run that ended.
    pub fn count(&self, outcome: OutcomeKind, fuel: u64, took: Duration) {
        if let Some((_, counter)) = self.outcomes.iter().find(|(kind, _)| *kind == outcome) {
            counter.get_or_init(|| self.counter(outcome)).inc();
        }
        self.fuel.inc_by(fuel);
        self.seconds.observe(took);
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
    fn a_tenant_sees_its_own_numbers_in_full_and_nothing_of_others() {
        let metrics = Metrics::new();
        for tenant in ["acme", "beta"] {
            runs(&metrics, tenant, "guard").count(OutcomeKind::Returned, 7, Duration::ZERO);
        }
        metrics.read(families::LANE_RUNNING, || {
            vec![(vec!["acme".to_owned()], 0), (vec!["beta".to_owned()], 3)]
        });
        metrics.read_one(families::RUNS_IN_FLIGHT, || 5);
        let text = metrics.text_of("acme").unwrap();
        assert!(
            !text.contains("beta") && !text.contains("in_flight 5"),
            "{text}"
        );
        assert!(
            text.contains("evroute_async_runs_in_flight{tenant=\"acme\"} 0\n"),
            "{text}"
        );
        assert!(
            text.contains("evroute_runs_total{tenant=\"acme\",handler=\"guard\""),
            "{text}"
        );
        assert!(!text.contains("event_run_seconds_count"), "{text}");
        let all = metrics.text().unwrap();
        assert!(
            !all.contains("in_flight{tenant=\"acme\"}"),
            "zero says nothing: {all}"
        );
        assert!(
            all.contains("evroute_async_runs_in_flight{tenant=\"beta\"} 3\n"),
            "{all}"
        );
        assert!(
            all.contains("evroute_tenant_run_fuel_total{tenant=\"beta\"} 7\n"),
            "{all}"
        );
        assert!(
            all.contains("event_run_seconds_count{event=\"tm:local-request\"} 2\n"),
            "{all}"
        );
        assert!(
            all.ends_with("evroute_metrics_series_hidden 0\n# EOF\n"),
            "{all}"
        );
        metrics.forget(&"beta".parse().unwrap());
        assert!(!metrics.text_of("beta").unwrap().contains("handler=\""));
    }

    /// The page of so many tenants, with so many handlers each that have run.
    fn page_of(tenants: usize, handlers: usize) -> String {
        let metrics = Metrics::new();
        let names: Vec<String> = (0..tenants).map(|n| format!("tenant-{n:05}")).collect();
        for name in &names {
            for handler in 0..handlers {
                let runs = runs(&metrics, name, &format!("handler-{handler}"));
                for micros in [3, 40, 500] {
                    let took = Duration::from_micros(micros);
                    runs.count(OutcomeKind::Returned, 123_456, took);
                }
            }
        }
        let served = names.clone();
        metrics.read(families::TENANT_SERVED, move || {
            served.iter().map(|name| (vec![name.clone()], 1)).collect()
        });
        metrics.read(families::LANE_RUNNING, move || {
            names.iter().map(|name| (vec![name.clone()], 0)).collect()
        });
        metrics.text().unwrap()
    }

    #[test]
    fn the_page_of_ten_thousand_tenants_is_below_five_megabytes() {
        let (idle, used, most) = (page_of(10_000, 0), page_of(10_000, 1), page_of(10_000, 10));
        println!(
            "{} idle, {} used, {} with 10 handlers",
            idle.len(),
            used.len(),
            most.len()
        );
        assert!(idle.len() < 1_000_000, "{}", idle.len());
        assert!(used.len() < 3_000_000, "{}", used.len());
        assert!(most.len() < 5_000_000, "{}", most.len());
        assert!(used.contains("evroute_tenant_runs_total{tenant=\"tenant-09999\""));
        assert!(!used.contains("handler-0"), "sums only");
        // Names as long as they may be, and all of them.
        assert!(
            !used.contains("series_hidden 0\n"),
            "what is not shown is said"
        );
        assert!(page_of(100, 2).contains("handler-1"));
    }

    #[test]
    fn what_finds_no_room_is_counted() {
        let metrics = Metrics::new();
        metrics.read(families::TENANT_SERVED, || {
            let name = |n| format!("{}-{n}", "a".repeat(56));
            (0..65_536).map(|n| (vec![name(n)], 1)).collect()
        });
        let text = metrics.text().unwrap();
        assert!(text.len() < 5_000_000, "{}", text.len());
        let hidden = text.lines().rev().nth(1).unwrap();
        let hidden = hidden
            .strip_prefix("evroute_metrics_series_hidden ")
            .unwrap();
        let hidden: usize = hidden.parse().unwrap();
        let shown = text.matches("\nevroute_tenant_served{").count();
        assert_eq!(hidden + shown, 65_536);
        assert!(hidden > 0);
    }

    #[test]
    fn handlers_that_come_and_go_do_not_fill_the_memory() {
        let metrics = Metrics::new();
        for handler in 0..2 * HANDLERS_COUNTED_MAX {
            let runs = runs(&metrics, "acme", &format!("h{handler}"));
            runs.count(OutcomeKind::Returned, 1, Duration::ZERO);
        }
        assert_eq!(metrics.fuel.len(), HANDLERS_COUNTED_MAX + 1);
        let text = metrics.text_of("acme").unwrap();
        assert!(text.contains("handler=\"(other)\",event=\"tm:local-request\"} 512\n"));
        assert_eq!(runs(&metrics, "beta", "h0").labels.handler, "h0");
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
