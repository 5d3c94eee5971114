//! What this server offers to handlers, as tables for people: printed from the registries, never
//! kept by hand.

use std::fmt::Write;

use evroute_module_api::{Lane, MetricKind, Naming};

use crate::modules;

/// One of the tables.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Catalogue {
    /// Events and the interfaces that handle them.
    Events,
    /// Pseudo-variables.
    Variables,
    /// Interfaces that handlers may import, and what grants them.
    Capabilities,
    /// What GET /metrics shows.
    Metrics,
}

impl Catalogue {
    /// The table, in Markdown, with a line end after each row.
    #[must_use]
    pub fn print(self) -> String {
        match self {
            Self::Events => events(),
            Self::Variables => variables(),
            Self::Capabilities => capabilities(),
            Self::Metrics => metrics(),
        }
    }
}

fn events() -> String {
    let rows = modules::bindings().into_iter().map(|binding| {
        let name = binding.name().as_str();
        let segment = match binding.segment() {
            Some(Naming::Section(section)) => format!("a {section}"),
            Some(Naming::Free) => "any name".to_owned(),
            None => String::new(),
        };
        vec![code(name), code(binding.interface()), segment]
    });
    table(&["event", "interface", "event filter"], rows)
}

fn variables() -> String {
    let rows = modules::variables().rows().into_iter().map(|row| {
        let written = if row.set.is_some() { "yes" } else { "" };
        let grant = row.grant.map(code).unwrap_or_default();
        vec![
            code(row.spelling),
            row.meaning.to_owned(),
            written.to_owned(),
            grant,
        ]
    });
    table(
        &["variable", "what it is", "written", "besides `pv`, needs"],
        rows,
    )
}

fn capabilities() -> String {
    let rows = modules::capabilities().into_iter().map(|capability| {
        let lane = match capability.lane {
            Lane::Sync => "sync",
            Lane::Async => "async",
        };
        let grant = capability.grant.map(code).unwrap_or_default();
        vec![code(capability.interface), grant, lane.to_owned()]
    });
    table(&["interface", "granted by", "lane"], rows)
}

fn metrics() -> String {
    let rows = modules::families().into_iter().map(|family| {
        let kind = match family.kind {
            MetricKind::Counter => "counter",
            MetricKind::Gauge => "gauge",
            MetricKind::Histogram => "histogram",
            MetricKind::Info => "info",
        };
        let labels: Vec<_> = family.labels.iter().map(|label| code(label)).collect();
        vec![
            code(&family.full_name()),
            kind.to_owned(),
            labels.join(", "),
            family.meaning.to_owned(),
        ]
    });
    table(&["metric", "kind", "labels", "meaning"], rows)
}

fn code(text: &str) -> String {
    format!("`{text}`")
}

fn table(heads: &[&str], rows: impl Iterator<Item = Vec<String>>) -> String {
    let mut text = format!(
        "| {} |\n|{}\n",
        heads.join(" | "),
        "---|".repeat(heads.len())
    );
    for row in rows {
        // Writing to a String does not fail.
        let _ = writeln!(text, "| {} |", row.join(" | "));
    }
    text
}
