//! The table at the end and the JSON beside it.

use std::fs;
use std::path::{Path, PathBuf};
use std::thread;

use serde::Serialize;

use crate::error::Error;
use crate::sample::{Series, Summary};

/// The results of one part.
#[derive(Debug, Serialize)]
pub(crate) struct Report {
    /// File name of the JSON, without extension.
    pub(crate) name: &'static str,
    /// Heading of the table.
    pub(crate) title: &'static str,
    /// How it was measured, one sentence a line.
    pub(crate) method: Vec<String>,
    /// The machine it was measured on.
    machine: Machine,
    /// The measurements.
    rows: Vec<Row>,
    /// The comparisons.
    ratios: Vec<Row>,
}

#[derive(Debug, Serialize)]
struct Row {
    #[serde(flatten)]
    series: Series,
    summary: Option<Summary>,
}

#[derive(Debug, Serialize)]
struct Machine {
    cpu: String,
    cores: usize,
    kernel: String,
    load_average: String,
}

impl Report {
    /// A report without rows yet.
    pub(crate) fn new(name: &'static str, title: &'static str, method: &[&str]) -> Self {
        Self {
            name,
            title,
            method: method.iter().map(|&line| line.to_owned()).collect(),
            machine: Machine::here(),
            rows: Vec::new(),
            ratios: Vec::new(),
        }
    }

    /// Adds a measurement.
    pub(crate) fn row(&mut self, series: Series) {
        self.rows.push(Row {
            summary: series.summary(),
            series,
        });
    }

    /// Adds a comparison of two measurements, round by round.
    pub(crate) fn ratio(&mut self, above: &Series, below: &Series) {
        let series = above.ratio_to(below);
        self.ratios.push(Row {
            summary: series.summary(),
            series,
        });
    }

    /// Writes the JSON into a folder and says where.
    pub(crate) fn write(&self, folder: &Path) -> Result<PathBuf, Error> {
        let path = folder.join(format!("{}.json", self.name));
        let text = serde_json::to_string_pretty(self).map_err(|error| Error::Unexpected {
            name: self.name.to_owned(),
            what: format!("results cannot be written as JSON: {error}"),
        })?;
        fs::write(&path, text + "\n").map_err(Error::io("write", &path))?;
        Ok(path)
    }

    /// The table for the terminal.
    pub(crate) fn table(&self) -> String {
        let rows = self.rows.iter().chain(&self.ratios);
        let width = rows
            .clone()
            .map(|row| row.series.name.chars().count())
            .max()
            .unwrap_or(0);
        let mut text = format!("\n{}\n", self.title);
        for line in &self.method {
            text += &format!("  {line}\n");
        }
        text += &format!(
            "\n  {:width$}  {:>10} {:>10} {:>10} {:>7}  unit      n\n",
            "", "median", "min", "max", "spread"
        );
        for row in rows {
            text += &row.line(width);
        }
        text
    }
}

impl Row {
    fn line(&self, width: usize) -> String {
        let name = &self.series.name;
        let Some(summary) = self.summary else {
            return format!("  {name:width$}  not measured\n");
        };
        let digits = if summary.median.abs() < 100.0 { 2 } else { 0 };
        format!(
            "  {name:width$}  {:>10.digits$} {:>10.digits$} {:>10.digits$} {:>6.0}%  {:<8} {:>2}\n",
            summary.median,
            summary.min,
            summary.max,
            summary.spread * 100.0,
            self.series.unit,
            summary.count,
        )
    }
}

impl Machine {
    fn here() -> Self {
        let read = |path: &str| fs::read_to_string(path).unwrap_or_default();
        let cpu = read("/proc/cpuinfo")
            .lines()
            .find_map(|line| line.strip_prefix("model name")?.split_once(": "))
            .map_or_else(String::new, |(_, model)| model.to_owned());
        Self {
            cpu,
            cores: thread::available_parallelism().map_or(0, usize::from),
            kernel: read("/proc/sys/kernel/osrelease").trim().to_owned(),
            load_average: read("/proc/loadavg").trim().to_owned(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn table_shows_rows_and_ratios_and_owns_up_to_what_was_not_measured() {
        let mut report = Report::new("x", "X", &["by hand"]);
        let one = Series {
            samples: vec![2.0, 4.0, 3.0],
            ..Series::new("one", "ns")
        };
        let none = Series::new("none", "ns");
        report.ratio(&one, &none);
        report.row(one);
        let table = report.table();
        assert!(table.contains("one"), "{table}");
        assert!(table.contains("3.00       2.00       4.00"), "{table}");
        assert!(table.contains("one / none  not measured"), "{table}");
    }
}
