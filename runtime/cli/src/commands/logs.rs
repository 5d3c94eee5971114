//! `evroute logs`

use clap::Args;
use serde_json::Value;

use super::follow::Which;
use crate::exit::Exit;
use crate::table;

const EXAMPLES: &str = "Examples:
  evroute logs -f
  evroute logs -f --handler guard
  evroute logs -f --call-id a84b4c76e66710@192.0.2.1
  evroute logs -f --tenant acme --context ops

Shows what handlers of your tenant write from now on, of every level; what they wrote before is in the operator's log. \
Ends with Ctrl-C, or when the server stops. A reader that is too slow misses lines and is reported how many.";

/// Show what handlers write, as they write it
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Arguments {
    /// Go on until Ctrl-C, as it does anyway
    #[arg(short, long)]
    follow: bool,
    #[command(flatten)]
    which: Which,
}

impl Arguments {
    pub(super) fn execute(&self) -> Exit {
        self.which.follow("/logs", None, words)
    }
}

/// Time, level, handler, event, Call-ID, text.
fn words(line: &Value) -> String {
    let text = |key: &str| line.get(key).and_then(Value::as_str).unwrap_or("-");
    let time = line.get("time_us").and_then(Value::as_u64);
    format!(
        "{} {:6} {} {} {} {}",
        table::clock(time.unwrap_or_default()),
        text("level"),
        text("handler"),
        text("event"),
        text("call_id"),
        // One line stays one line.
        text("text").trim_end().replace('\n', "\\n"),
    )
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_line_says_when_who_about_what_and_stays_one() {
        let line = json!({
            "time_us": 1_800_000_000_123_456_u64, "tenant": "acme", "level": "INFO", "handler": "guard",
            "event": "core:request", "call_id": null, "text": "one\ntwo\n",
        });
        assert_eq!(
            words(&line),
            "08:00:00.123 INFO   guard core:request - one\\ntwo"
        );
    }
}
