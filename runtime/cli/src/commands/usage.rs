//! `evroute usage`

use clap::Args;
use serde_json::{Value, json};

use crate::admin_client::Server;
use crate::exit::Exit;

const EXAMPLES: &str = "Examples:
  evroute usage demo
  evroute usage
  evroute usage --csv > usage.csv
  evroute usage --json
  evroute usage --context acme

The numbers count from the start of the server. work is one number for all that runs did: fuel, and \
host calls in fuel. amount is what [tariff] in the configuration makes of it.";

/// What is printed, in this order.
const COLUMNS: [&str; 14] = [
    "tenant",
    "events",
    "events_failed",
    "events_refused",
    "fuel",
    "hostcalls",
    "hostcall_bytes",
    "log_lines",
    "log_bytes",
    "actions",
    "outgoing_requests",
    "outgoing_refused",
    "work",
    "amount",
];

/// Show what tenants of a running server used, and what it costs
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Arguments {
    /// Whose [default: the token's or the context's; without one, all]
    tenant: Option<String>,
    /// Print comma-separated values
    #[arg(long)]
    csv: bool,
    /// Print JSON
    #[arg(long, conflicts_with = "csv")]
    json: bool,
    #[command(flatten)]
    server: Server,
}

impl Arguments {
    pub(super) fn execute(&self) -> Exit {
        let of_context = || self.server.target().ok()?.tenant;
        let params = match self.tenant.clone().or_else(of_context) {
            Some(tenant) => json!([tenant]),
            None => json!([]),
        };
        if self.json {
            return self.server.call("tenant.usage", &params);
        }
        let words = if self.csv { csv } else { table };
        self.server.show("tenant.usage", &params, words)
    }
}

/// The rows of an answer, as texts in the order of the columns.
fn rows(usage: &Value) -> Vec<Vec<String>> {
    let tenants = usage.get("tenants").and_then(Value::as_array);
    let cell = |tenant: &Value, column: &str| match tenant.get(column) {
        Some(Value::String(text)) => text.clone(),
        Some(Value::Number(number)) if column == "amount" => {
            format!("{:.6}", number.as_f64().unwrap_or_default())
        }
        Some(other) => other.to_string(),
        None => String::new(),
    };
    let row = |tenant: &Value| COLUMNS.map(|column| cell(tenant, column)).to_vec();
    tenants.into_iter().flatten().map(row).collect()
}

fn csv(usage: &Value) -> String {
    let heads = std::iter::once(COLUMNS.map(str::to_owned).to_vec());
    let lines = heads.chain(rows(usage)).map(|row| row.join(","));
    lines.collect::<Vec<_>>().join("\n")
}

fn table(usage: &Value) -> String {
    let heads = COLUMNS.map(str::to_owned).to_vec();
    let all: Vec<_> = std::iter::once(heads).chain(rows(usage)).collect();
    let width = |column: usize| {
        let cells = all.iter().filter_map(|row| row.get(column));
        cells.map(String::len).max().unwrap_or_default()
    };
    let widths: Vec<_> = (0..COLUMNS.len()).map(width).collect();
    let line = |row: &Vec<String>| {
        let cells = row.iter().zip(&widths).enumerate();
        let cells = cells.map(|(column, (cell, width))| match column {
            0 => format!("{cell:<width$}"),
            _ => format!("{cell:>width$}"),
        });
        cells.collect::<Vec<_>>().join("  ")
    };
    let currency = usage.get("currency").and_then(Value::as_str);
    let note = currency
        .filter(|currency| !currency.is_empty())
        .map(|currency| format!("amounts in {currency}"));
    let lines = all.iter().map(line).chain(note);
    lines.collect::<Vec<_>>().join("\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn usage() -> Value {
        json!({
            "since_seconds": 5,
            "currency": "EUR",
            "tenants": [{
                "tenant": "demo", "events": 12, "events_failed": 1, "events_refused": 0,
                "fuel": 34_000, "hostcalls": 56, "hostcall_bytes": 789, "log_lines": 1,
                "log_bytes": 20, "actions": 0,
                "outgoing_requests": 3, "outgoing_refused": 2, "work": 40_000, "amount": 0.125,
            }],
        })
    }

    #[test]
    fn a_row_has_every_column_in_both_forms() {
        let expected = "demo,12,1,0,34000,56,789,1,20,0,3,2,40000,0.125000";
        assert_eq!(csv(&usage()).lines().nth(1), Some(expected));
        let table = table(&usage());
        let lines: Vec<_> = table.lines().collect();
        assert_eq!(lines.len(), 3, "{table}");
        assert_eq!(lines[0].len(), lines[1].len());
        assert!(lines[1].ends_with("  0.125000"), "{table}");
        assert_eq!(lines[2], "amounts in EUR");
    }
}
