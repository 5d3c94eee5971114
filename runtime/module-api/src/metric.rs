//! What GET /metrics shows of a module.

use std::any::Any;

use crate::ServerState;

/// What a number is.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum MetricKind {
    /// It only grows. Its name ends in `_total`.
    Counter,
    /// It goes up and down.
    Gauge,
    /// Counts by size.
    Histogram,
    /// Always 1; what there is to know is in the labels. Its name ends in `_info`.
    Info,
}

/// One family of numbers: what has one name.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct MetricFamily {
    /// Without the prefix `evroute_` and without what its kind appends.
    pub name: &'static str,
    /// What its numbers are.
    pub kind: MetricKind,
    /// The labels of each number, in their order. Few by design: never anything a peer chooses.
    pub labels: &'static [&'static str],
    /// One sentence, without its full stop.
    pub meaning: &'static str,
}

impl MetricFamily {
    /// The name of its numbers on the page.
    #[must_use]
    pub fn full_name(&self) -> String {
        let suffix = match self.kind {
            MetricKind::Counter => "_total",
            MetricKind::Info => "_info",
            MetricKind::Gauge | MetricKind::Histogram => "",
        };
        format!("evroute_{}{suffix}", self.name)
    }
}

/// The numbers of one family, each with the values of its labels in their order.
pub type Samples = Vec<(Vec<String>, u64)>;

/// A count, unless it is 0: of what happens to few tenants, the others are not shown.
#[must_use]
pub fn unless_none(count: u64) -> Samples {
    match count {
        0 => Vec::new(),
        count => vec![(Vec::new(), count)],
    }
}

/// A family of a module, and where its numbers are read when somebody looks.
#[derive(Clone, Copy, Debug)]
pub struct Metric {
    /// What is shown.
    pub family: MetricFamily,
    /// Reads it.
    pub read: fn(&ServerState) -> Samples,
}

impl Metric {
    /// A family and where it is read; see [`MetricFamily`] for each.
    #[must_use]
    pub const fn new(
        name: &'static str,
        kind: MetricKind,
        labels: &'static [&'static str],
        meaning: &'static str,
        read: fn(&ServerState) -> Samples,
    ) -> Self {
        let family = MetricFamily {
            name,
            kind,
            labels,
            meaning,
        };
        Self { family, read }
    }
}

impl ServerState {
    /// The sample of a family without labels: what the server's one `T` says; none without it.
    pub fn one<T: Any + Send + Sync>(&self, read: impl Fn(&T) -> u64) -> Samples {
        let part = self.get().into_iter();
        part.map(|part| (Vec::new(), read(part))).collect()
    }

    /// The samples of a family whose first label is `tenant`: for each tenant what it keeps as `T`
    /// says, label values without the tenant's.
    pub fn by_tenant<T: Any + Send + Sync>(&self, read: impl Fn(&T) -> Samples) -> Samples {
        let mut all = Vec::new();
        for (_, tenant) in self.tenants.all() {
            let samples = tenant.get().map(&read).unwrap_or_default();
            all.extend(samples.into_iter().map(|(labels, number)| {
                let name = std::iter::once(tenant.id.to_string());
                (name.chain(labels).collect(), number)
            }));
        }
        all
    }
}
