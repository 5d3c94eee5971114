//! What tenants used, as a table, as comma-separated values or as JSON, and what it costs.

use clap::Args;
use evroute_tenant::{LedgerTotals, Tariff};
use serde_json::{Value, json};

use crate::admin_client::Server;
use crate::exit::Exit;
use crate::{output, table};

/// The numbers that are printed between the tenant and the amount; all of them are in JSON.
const NUMBERS: [&str; 14] = [
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
    "compile_us",
    "work",
    "amount",
];

/// In which form, and by which prices.
#[derive(Debug, Args)]
pub(crate) struct UsageReport {
    /// Print comma-separated values
    #[arg(long)]
    csv: bool,
    /// Print JSON
    #[arg(long, conflicts_with = "csv")]
    json: bool,
    /// A price instead of those in [tariff], as million_events=0.25; more than once for several
    #[arg(long, value_name = "KEY=PRICE", value_parser = price)]
    price: Vec<(String, f64)>,
    /// What such prices are in
    #[arg(long, value_name = "CODE", requires = "price")]
    currency: Option<String>,
}

/// Reads `KEY=PRICE`.
fn price(text: &str) -> Result<(String, f64), String> {
    let keys = || format!("write KEY=PRICE, with one of {}", Tariff::KEYS.join(", "));
    let (key, price) = text.split_once('=').ok_or_else(keys)?;
    if !Tariff::KEYS.contains(&key) {
        return Err(keys());
    }
    match price.parse() {
        Ok(price) if f64::is_finite(price) && price >= 0.0 => Ok((key.to_owned(), price)),
        Ok(_) | Err(_) => Err("a price is a number from 0 on, for example 0.25".to_owned()),
    }
}

impl UsageReport {
    /// Asks the server and prints what it answers: of one tenant, or of all that the token reaches.
    pub(crate) fn show(&self, server: &Server, tenant: Option<&str>) -> Exit {
        let params = match server.tenant(tenant) {
            Some(tenant) => json!([tenant]),
            None => json!([]),
        };
        let mut usage = match server.ask("tenant.usage", &params) {
            Ok(usage) => usage,
            Err(exit) => return exit,
        };
        self.charge(&mut usage);
        output::done(match (self.json, self.csv) {
            (true, _) => output::pretty(&usage),
            (false, true) => csv(&usage),
            (false, false) => columns(&usage),
        })
    }

    /// Puts in the amounts by the prices of the command line, where there are any.
    fn charge(&self, usage: &mut Value) {
        if self.price.is_empty() {
            return;
        }
        let mut tariff = Tariff::default();
        for (key, price) in &self.price {
            if let Some(into) = tariff.price_mut(key) {
                *into = *price;
            }
        }
        let tenants = usage.get_mut("tenants").and_then(Value::as_array_mut);
        for tenant in tenants
            .into_iter()
            .flatten()
            .filter_map(Value::as_object_mut)
        {
            let number = |name: &str| tenant.get(name).and_then(Value::as_u64).unwrap_or_default();
            let used = LedgerTotals::from_numbers(LedgerTotals::NAMES.map(number));
            tenant.insert("amount".to_owned(), json!(tariff.amount(&used)));
        }
        if let Some(usage) = usage.as_object_mut() {
            let currency = self.currency.clone().unwrap_or_default();
            usage.insert("currency".to_owned(), json!(currency));
        }
    }
}

/// The rows of an answer: tenant, since when, and the numbers.
fn rows(usage: &Value) -> Vec<[String; 16]> {
    let tenants = usage.get("tenants").and_then(Value::as_array);
    let cell = |tenant: &Value, name: &str| match tenant.get(name) {
        Some(Value::Number(number)) if name == "amount" => {
            format!("{:.6}", number.as_f64().unwrap_or_default())
        }
        Some(other) => other.to_string(),
        None => "0".to_owned(),
    };
    let row = |tenant: &Value| {
        let name = tenant.get("tenant").and_then(Value::as_str);
        let since = tenant.get("since").and_then(Value::as_u64);
        let mut row = [const { String::new() }; 16];
        let heads = [
            name.unwrap_or_default().to_owned(),
            table::date(since.unwrap_or_default()),
        ];
        let numbers = NUMBERS.iter().map(|number| cell(tenant, number));
        for (into, cell) in row.iter_mut().zip(heads.into_iter().chain(numbers)) {
            *into = cell;
        }
        row
    };
    tenants.into_iter().flatten().map(row).collect()
}

fn heads() -> [&'static str; 16] {
    let mut heads = ["tenant"; 16];
    let names = ["tenant", "since"].into_iter().chain(NUMBERS);
    for (into, name) in heads.iter_mut().zip(names) {
        *into = name;
    }
    heads
}

fn csv(usage: &Value) -> String {
    let mut lines = vec![heads().join(",")];
    lines.extend(rows(usage).iter().map(|row| row.join(",")));
    lines.join("\n")
}

fn columns(usage: &Value) -> String {
    let table = table::columns(&heads(), &rows(usage));
    let currency = usage.get("currency").and_then(Value::as_str);
    let currency = currency.filter(|currency| !currency.is_empty());
    let note = currency.map(|currency| format!("\namounts in {currency}"));
    let is_kept = usage.get("is_kept").and_then(Value::as_bool) != Some(false);
    let warning = (!is_kept).then(|| "\nnot kept over a restart: see the server's log".to_owned());
    table + &note.unwrap_or_default() + &warning.unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn usage() -> Value {
        json!({
            "uptime_seconds": 5,
            "is_kept": true,
            "currency": "EUR",
            "tenants": [{
                "tenant": "demo", "since": 60, "events": 12, "events_failed": 1,
                "events_refused": 0, "fuel": 34_000, "hostcalls": 56, "hostcall_bytes": 789,
                "log_lines": 1, "log_bytes": 20, "actions": 0, "writes_refused": 0,
                "outgoing_requests": 3, "outgoing_refused": 2, "compile_us": 1_000_000,
                "work": 40_000, "amount": 0.125,
            }],
        })
    }

    fn report(price: &[&str]) -> UsageReport {
        UsageReport {
            csv: false,
            json: false,
            price: price
                .iter()
                .map(|text| super::price(text).unwrap())
                .collect(),
            currency: Some("CHF".to_owned()),
        }
    }

    #[test]
    fn a_row_has_every_column_in_both_forms() {
        let since = "demo,1970-01-01 00:01Z,";
        let expected = format!("{since}12,1,0,34000,56,789,1,20,0,3,2,1000000,40000,0.125000");
        assert_eq!(csv(&usage()).lines().nth(1), Some(expected.as_str()));
        let table = columns(&usage());
        let lines: Vec<_> = table.lines().collect();
        assert_eq!(lines.len(), 3, "{table}");
        assert!(lines[1].ends_with("  0.125000"), "{table}");
        assert_eq!(lines[2], "amounts in EUR");
    }

    #[test]
    fn prices_of_the_command_line_make_other_amounts() {
        let mut usage = usage();
        report(&["million_events=1000000", "compile_second=0.5"]).charge(&mut usage);
        assert_eq!(usage["tenants"][0]["amount"], json!(12.5));
        assert_eq!(usage["currency"], json!("CHF"));
        for wrong in [
            "million_events",
            "million=1",
            "million_events=-1",
            "million_fuel=x",
        ] {
            assert!(price(wrong).is_err(), "{wrong}");
        }
    }
}
