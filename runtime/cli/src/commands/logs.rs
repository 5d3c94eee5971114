//! `evroute logs`

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use clap::Args;
use serde_json::Value;

use super::follow::Which;
use crate::duration::duration;
use crate::exit::Exit;
use crate::table;

const EXAMPLES: &str = "Examples:
  evroute logs -n 20 -f
  evroute logs
  evroute logs --since 10m --handler guard
  evroute logs -f --call-id a84b4c76e66710@192.0.2.1
  evroute logs -f --tenant acme --context ops

Shows what handlers of your tenant wrote last, and with -f what they write from now on. Of what they wrote the server keeps the last \
64 KiB of each tenant in memory (less where there are more than 1,000 tenants), of those levels that are in its log; -f shows every \
level. -f ends with Ctrl-C, or when the server stops. A reader that is too slow misses lines and is told how many.";

/// Show what handlers wrote, and what they write
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Arguments {
    /// Go on with what is written from now on, until Ctrl-C
    #[arg(short, long)]
    follow: bool,
    /// Only the last so many lines of what there is [default: all, with -f none]
    #[arg(short = 'n', long, value_name = "N")]
    lines: Option<u32>,
    /// Only what was written in so long a time until now: 90s, 10m, 2h, 1d
    #[arg(long, value_name = "TIME", value_parser = duration)]
    since: Option<Duration>,
    #[command(flatten)]
    which: Which,
}

impl Arguments {
    pub(super) fn execute(&self) -> Exit {
        let now = SystemTime::now().duration_since(UNIX_EPOCH);
        self.which
            .follow("/logs", None, &self.past(now.unwrap_or_default()), words)
    }

    /// What the server is asked for beside the lines that are to come.
    fn past(&self, now: Duration) -> Vec<(&'static str, String)> {
        let mut past = Vec::new();
        if let Some(span) = self.since {
            let since = now.saturating_sub(span).as_micros();
            past.push(("since_us", since.to_string()));
        }
        match self.lines {
            Some(lines) => past.push(("lines", lines.to_string())),
            None if self.follow || self.since.is_some() => {}
            None => past.push(("since_us", "0".to_owned())),
        }
        if !self.follow {
            past.push(("follow", "false".to_owned()));
        }
        past
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

    #[test]
    fn what_is_asked_for_is_what_the_command_line_says() {
        #[derive(clap::Parser)]
        struct Line {
            #[command(flatten)]
            arguments: Arguments,
        }
        let asked = |words: &[&str]| {
            let line = ["logs"].iter().chain(words);
            let line = <Line as clap::Parser>::try_parse_from(line).unwrap();
            let past = line.arguments.past(Duration::from_secs(1000));
            let past = past.iter().map(|(key, value)| format!("{key}={value}"));
            past.collect::<Vec<_>>().join("&")
        };
        assert_eq!(asked(&[]), "since_us=0&follow=false");
        assert_eq!(asked(&["-f"]), "");
        assert_eq!(asked(&["-f", "-n", "20"]), "lines=20");
        assert_eq!(
            asked(&["--since", "10m"]),
            "since_us=400000000&follow=false"
        );
    }
}
