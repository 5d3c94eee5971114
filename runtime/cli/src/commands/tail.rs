//! `evroute tail`

use clap::Args;
use serde_json::Value;

use super::follow::Which;
use crate::exit::Exit;
use crate::table;

const EXAMPLES: &str = "Examples:
  evroute tail core:request
  evroute tail tm:local-request --handler guard
  evroute tail all --call-id a84b4c76e66710@192.0.2.1

A line for each run of a handler: time, event, handler and revision, verdict, outcome, fuel, time taken, Call-ID. \
Ends with Ctrl-C, or when the server stops. A reader that is too slow misses lines and is told how many.";

/// Show runs of handlers, as they happen
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Arguments {
    /// The event, or all
    event: String,
    #[command(flatten)]
    which: Which,
}

impl Arguments {
    pub(super) fn execute(&self) -> Exit {
        let event = Some(self.event.as_str()).filter(|event| *event != "all");
        self.which.follow("/runs", event, &[], words)
    }
}

fn words(run: &Value) -> String {
    let text = |key: &str| run.get(key).and_then(Value::as_str).unwrap_or("-");
    let number = |key: &str| run.get(key).and_then(Value::as_u64).unwrap_or_default();
    let reason = match run.get("reason").and_then(Value::as_str) {
        Some(reason) => format!(" ({})", reason.trim_end().replace('\n', "\\n")),
        None => String::new(),
    };
    format!(
        "{} {} {}@{} {} {}{reason} fuel={} us={} {}",
        table::clock(number("time_us")),
        text("event"),
        text("handler"),
        number("revision"),
        text("verdict"),
        text("outcome"),
        number("fuel"),
        number("took_us"),
        text("call_id"),
    )
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_run_is_a_line() {
        let mut run = json!({
            "time_us": 1_800_000_000_123_456_u64, "event": "core:request", "handler": "guard", "revision": 3,
            "verdict": "reject", "outcome": "Returned", "fuel": 420, "took_us": 7, "call_id": "a@b",
        });
        let expected = "08:00:00.123 core:request guard@3 reject Returned fuel=420 us=7 a@b";
        assert_eq!(words(&run), expected);
        run["reason"] = json!("wasm trap\nat 5");
        assert!(
            words(&run).contains(" Returned (wasm trap\\nat 5) fuel"),
            "{}",
            words(&run)
        );
    }
}
