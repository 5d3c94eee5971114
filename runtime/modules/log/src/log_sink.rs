//! Handlers' lines, in the server's log.

use std::cell::RefCell;
use std::sync::Arc;
use std::time::Instant;

use tracing::Level as OwnLevel;

use crate::stamp::Stamp;
use crate::writer::Author;
use crate::{Level, Line, LogRate, LogSink, LogWriter};

/// The target of handlers' lines: a filter such as `warn,evroute::handler=debug` governs them as it
/// does any part of the server.
pub const HANDLER_TARGET: &str = "evroute::handler";

/// Writes handlers' lines into the log.
#[derive(Clone, Debug)]
pub struct HandlerLogSink {
    writer: LogWriter,
    keeps: Option<Level>,
    rate: Option<Arc<LogRate>>,
}

impl HandlerLogSink {
    /// Keeps lines as important as `keeps`, or more so; without it, none.
    #[must_use]
    pub fn new(writer: LogWriter, keeps: Option<Level>) -> Self {
        Self {
            writer,
            keeps,
            rate: None,
        }
    }

    /// The same for one tenant, at its rate.
    #[must_use]
    pub fn with_rate(self, rate: Arc<LogRate>) -> Self {
        let rate = Some(rate);
        Self { rate, ..self }
    }

    /// Keeps what the filter of the subscriber that is installed now lets through under
    /// [`HANDLER_TARGET`].
    #[must_use]
    pub fn filtered(writer: LogWriter) -> Self {
        // What handlers call a notice lies between our warnings and infos, and comes with the
        // infos.
        let keeps = if tracing::enabled!(target: HANDLER_TARGET, OwnLevel::DEBUG) {
            Some(Level::Debug)
        } else if tracing::enabled!(target: HANDLER_TARGET, OwnLevel::INFO) {
            Some(Level::Info)
        } else if tracing::enabled!(target: HANDLER_TARGET, OwnLevel::WARN) {
            Some(Level::Warning)
        } else {
            tracing::enabled!(target: HANDLER_TARGET, OwnLevel::ERROR).then_some(Level::Error)
        };
        Self::new(writer, keeps)
    }
}

/// How much of a Call-ID is written, in bytes before it is escaped.
const CALL_ID_BYTES_MAX: usize = 256;

/// Reused between the lines of a thread.
struct Scratch {
    line: Vec<u8>,
    stamp: Stamp,
}

thread_local! {
    static SCRATCH: RefCell<Scratch> = const { RefCell::new(Scratch { line: Vec::new(), stamp: Stamp::new() }) };
}

impl LogSink for HandlerLogSink {
    fn keeps(&self, level: Level) -> bool {
        Some(level) <= self.keeps
    }

    fn write(&self, line: &Line<'_>) {
        SCRATCH.with_borrow_mut(|Scratch { line: out, stamp }| {
            let format = self.writer.format();
            out.clear();
            let head = format.begin(
                out,
                stamp.set(line.time_us),
                line.level.as_str(),
                HANDLER_TARGET,
            );
            format.field(out, "tenant", line.tenant);
            format.field(out, "event", line.event.as_str());
            format.field(out, "handler", line.handler);
            if let Some(call_id) = line.call_id {
                format.field(out, "call_id", short(call_id));
            }
            format.end(out, head, line.text);
        });
        let bytes = SCRATCH.with_borrow(|scratch| scratch.line.len());
        // Not while the scratch is in use: what is refused may be logged.
        let rate = self.rate.as_ref();
        if rate.is_none_or(|rate| rate.admits(bytes, Instant::now())) {
            SCRATCH.with_borrow(|scratch| {
                self.writer.push(&scratch.line, Author::Tenant(line.tenant));
            });
        }
    }
}

/// The beginning of a Call-ID, which is a peer's: nobody is to fill the log with it.
pub(crate) fn short(call_id: &str) -> &str {
    call_id
        .get(..call_id.floor_char_boundary(CALL_ID_BYTES_MAX))
        .unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::LogFormat;
    use crate::captured::Captured;
    use evroute_event::EventName;

    fn written(format: LogFormat) -> String {
        let captured = Captured::default();
        let writer = LogWriter::new(format, captured.clone()).unwrap();
        let log_sink = HandlerLogSink::new(writer.clone(), Some(Level::Info));
        log_sink.write(&Line {
            level: Level::Info,
            tenant: "demo",
            handler: "local-request",
            event: EventName::new("tm:local-request"),
            call_id: Some("a\r\nb"),
            time_us: 1_700_000_000_000_042,
            text: "one\ntwo\n",
        });
        writer.flush();
        captured.text()
    }

    #[test]
    fn a_handlers_line_says_who_and_what_and_stays_one_line() {
        let expected = "2023-11-14T22:13:20.000042Z   INFO evroute::handler: tenant=demo event=tm:local-request \
                        handler=local-request call_id=\"a\\u{d}\\u{a}b\" one\\u{a}two\n";
        assert_eq!(written(LogFormat::Text), expected);
        let expected = "{\"timestamp\":\"2023-11-14T22:13:20.000042Z\",\"level\":\"INFO\",\
                        \"target\":\"evroute::handler\",\"tenant\":\"demo\",\"event\":\"tm:local-request\",\
                        \"handler\":\"local-request\",\"call_id\":\"a\\u000d\\u000ab\",\"message\":\"one\\u000atwo\"}\n";
        assert_eq!(written(LogFormat::Json), expected);
    }

    #[test]
    fn a_rate_counts_bytes_as_they_are_written() {
        for format in [LogFormat::Text, LogFormat::Json] {
            let captured = Captured::default();
            let writer = LogWriter::new(format, captured.clone()).unwrap();
            let rate = Arc::new(LogRate::new("loud", 1000, Instant::now()));
            let log_sink = HandlerLogSink::new(writer.clone(), Some(Level::Info));
            let log_sink = log_sink.with_rate(Arc::clone(&rate));
            let (text, call_id) = ("\u{1}".repeat(100), "\u{7f}".repeat(10_000));
            for _ in 0..1000 {
                log_sink.write(&Line {
                    level: Level::Info,
                    tenant: "loud",
                    handler: "h",
                    event: EventName::new("tm:local-request"),
                    call_id: Some(&call_id),
                    time_us: 0,
                    text: &text,
                });
            }
            writer.flush();
            let log = captured.text();
            assert!(rate.dropped() > 0 && log.lines().count() > 0);
            let written = log.lines().count() as u64;
            assert_eq!(rate.dropped() + written, 1000);
        }
    }
}
