//! The server's own lines: what `tracing` collects, in the log's one format.

use std::cell::RefCell;
use std::fmt::{Debug, Write};
use std::sync::Arc;
use std::time::Instant;

use evroute_clock::wall_us;
use tracing::field::{Field, Visit};
use tracing::{Event, Level, Subscriber};
use tracing_subscriber::Layer;
use tracing_subscriber::layer::Context;

use crate::log_sink;
use crate::pace::Paces;
use crate::stamp::Stamp;
use crate::writer::Author;
use crate::{LogFormat, LogWriter};

/// How much of a field is written, in bytes before it is escaped: it may be a peer's.
const FIELD_BYTES_MAX: usize = 2 << 10;
/// How much of what a line says.
const MESSAGE_BYTES_MAX: usize = 8 << 10;

/// Writes the server's own lines into the log: from one place in the source 500 at once, and 50 in
/// a second, of those that are not asked for by `debug` or `trace`. The next one says how many were
/// left out.
#[derive(Clone, Debug)]
pub struct TracingLayer {
    writer: LogWriter,
    paces: Arc<Paces>,
}

impl TracingLayer {
    /// Into this log.
    #[must_use]
    pub fn new(writer: LogWriter) -> Self {
        Self {
            writer,
            paces: Arc::default(),
        }
    }
}

/// Reused between the lines of a thread.
#[derive(Default)]
struct Scratch {
    line: Vec<u8>,
    fields: Vec<u8>,
    message: String,
    value: String,
    /// Where a line that came by the `log` crate comes from.
    target: String,
}

thread_local! {
    static SCRATCH: RefCell<Scratch> = RefCell::default();
}

impl<S: Subscriber> Layer<S> for TracingLayer {
    fn on_event(&self, event: &Event<'_>, _: Context<'_, S>) {
        let meta = event.metadata();
        let is_paced = *meta.level() <= Level::INFO;
        let admitted = match is_paced {
            true => self.paces.admits(meta.callsite(), Instant::now()),
            false => Some(0),
        };
        let Some(suppressed) = admitted else {
            return;
        };
        // Taken, not borrowed: showing a value may log in turn.
        let mut scratch = SCRATCH.take();
        let format = self.writer.format();
        scratch.line.clear();
        scratch.fields.clear();
        scratch.message.clear();
        scratch.target.clear();
        event.record(&mut Fields {
            format,
            scratch: &mut scratch,
        });
        let Scratch {
            line,
            fields,
            message,
            target,
            ..
        } = &mut scratch;
        if suppressed > 0 {
            format.bare_field(fields, "lines_suppressed", suppressed);
        }
        let target = if target.is_empty() {
            meta.target()
        } else {
            target.as_str()
        };
        let head = format.begin(
            line,
            Stamp::new().set(wall_us()),
            meta.level().as_str(),
            target,
        );
        line.extend_from_slice(fields);
        format.end(line, head, message);
        self.writer.push(line, Author::Server);
        SCRATCH.set(scratch);
    }
}

/// Takes the fields of one event.
struct Fields<'a> {
    format: LogFormat,
    scratch: &'a mut Scratch,
}

impl Fields<'_> {
    fn text(&mut self, field: &Field, value: &str) {
        match field.name() {
            "message" => {
                let value = beginning(value, MESSAGE_BYTES_MAX);
                self.scratch.message.push_str(value);
            }
            "log.target" => self.scratch.target.push_str(value),
            // Where in its source: more than an operator wants to know.
            name if name.starts_with("log.") => {}
            name => {
                let value = match name {
                    "call_id" => log_sink::short(value),
                    _ => beginning(value, FIELD_BYTES_MAX),
                };
                self.format
                    .field(&mut self.scratch.fields, key(name), value);
            }
        }
    }

    fn bare(&mut self, field: &Field, value: impl std::fmt::Display) {
        if !field.name().starts_with("log.") {
            let key = key(field.name());
            self.format.bare_field(&mut self.scratch.fields, key, value);
        }
    }
}

fn beginning(value: &str, bytes_max: usize) -> &str {
    let end = value.floor_char_boundary(bytes_max);
    value.get(..end).unwrap_or_default()
}

/// A field does not take the place of one that every line has: in JSON the same key would be there
/// twice.
fn key(name: &str) -> &str {
    match name {
        "timestamp" => "timestamp_",
        "level" => "level_",
        "target" => "target_",
        name => name.strip_prefix("r#").unwrap_or(name),
    }
}

impl Visit for Fields<'_> {
    fn record_str(&mut self, field: &Field, value: &str) {
        self.text(field, value);
    }

    fn record_debug(&mut self, field: &Field, value: &dyn Debug) {
        let mut shown = std::mem::take(&mut self.scratch.value);
        shown.clear();
        // A value that cannot be shown is left as far as it came.
        let _ = write!(shown, "{value:?}");
        self.text(field, &shown);
        self.scratch.value = shown;
    }

    fn record_u64(&mut self, field: &Field, value: u64) {
        self.bare(field, value);
    }

    fn record_i64(&mut self, field: &Field, value: i64) {
        self.bare(field, value);
    }

    fn record_bool(&mut self, field: &Field, value: bool) {
        self.bare(field, value);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::captured::Captured;
    use serde_json::{Value, json};
    use tracing_subscriber::layer::SubscriberExt;

    fn written(format: LogFormat, log: impl FnOnce()) -> String {
        let captured = Captured::default();
        let writer = LogWriter::new(format, captured.clone()).unwrap();
        let subscriber = tracing_subscriber::registry().with(TracingLayer::new(writer.clone()));
        tracing::subscriber::with_default(subscriber, log);
        writer.flush();
        captured.text()
    }

    fn log() {
        let (tenant, call_id) = ("demo", "a b");
        let error = std::io::Error::other("no\nway");
        tracing::warn!(tenant, call_id, %error, fuel = 7_u64, target = true, level = ?Some(1), "run {}", "failed");
    }

    #[test]
    fn a_line_of_the_server_is_spelled_as_a_handlers() {
        let text = written(LogFormat::Text, log);
        let (stamp, rest) = text.split_at("2023-11-14T22:13:20.000042Z".len());
        assert!(stamp.starts_with("20") && stamp.ends_with('Z'), "{text}");
        let expected = "   WARN evroute_module_log::tracing_layer::tests: tenant=demo call_id=\"a b\" error=\"no\\u{a}way\" \
                        fuel=7 target_=true level_=Some(1) run failed\n";
        assert_eq!(rest, expected);
    }

    #[test]
    fn a_line_of_the_server_is_one_json_object() {
        let text = written(LogFormat::Json, log);
        let mut object: Value = serde_json::from_str(&text).unwrap();
        assert!(object["timestamp"].take().is_string());
        let expected = json!({
            "timestamp": null, "level": "WARN", "target": "evroute_module_log::tracing_layer::tests", "tenant": "demo",
            "call_id": "a b", "error": "no\nway", "fuel": 7, "target_": true, "level_": "Some(1)", "message": "run failed"
        });
        assert_eq!(object, expected);
    }

    #[test]
    fn what_a_peer_makes_happen_again_and_again_does_not_fill_the_log() {
        let (call_id, error) = ("c".repeat(60_000), "e".repeat(60_000));
        let text = written(LogFormat::Text, || {
            for _ in 0..200_000 {
                tracing::info!(call_id, error, "a request has no next hop");
            }
            tracing::info!("another place");
        });
        let lines: Vec<_> = text.lines().collect();
        assert!((501..100_000).contains(&lines.len()), "{}", lines.len());
        assert!(lines.iter().all(|line| line.len() < 3000));
        assert!(lines.iter().any(|line| line.ends_with("another place")));
    }
}
