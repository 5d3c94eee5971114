//! Handlers' lines, in the server's log.

use std::cell::RefCell;

use tracing::Level as OwnLevel;

use crate::stamp::Stamp;
use crate::writer::Author;
use crate::{Journal, Level, Line, LogWriter};

/// The target of handlers' lines: a filter such as `warn,evroute::handler=debug` governs them as it does any part of
/// the server.
pub const HANDLER_TARGET: &str = "evroute::handler";

/// Writes handlers' lines into the log.
#[derive(Clone, Debug)]
pub struct HandlerJournal {
    writer: LogWriter,
    keeps: Option<Level>,
}

impl HandlerJournal {
    /// Keeps lines as important as `keeps`, or more so; without it, none.
    #[must_use]
    pub fn new(writer: LogWriter, keeps: Option<Level>) -> Self {
        Self { writer, keeps }
    }

    /// Keeps what the filter of the subscriber that is installed now lets through under [`HANDLER_TARGET`].
    #[must_use]
    pub fn filtered(writer: LogWriter) -> Self {
        // What handlers call a notice lies between our warnings and infos, and comes with the infos.
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

/// Reused between the lines of a thread.
struct Scratch {
    line: Vec<u8>,
    stamp: Stamp,
}

thread_local! {
    static SCRATCH: RefCell<Scratch> = const { RefCell::new(Scratch { line: Vec::new(), stamp: Stamp::new() }) };
}

impl Journal for HandlerJournal {
    fn keeps(&self, level: Level) -> bool {
        Some(level) <= self.keeps
    }

    fn write(&self, line: &Line<'_>) {
        SCRATCH.with_borrow_mut(|Scratch { line: out, stamp }| {
            let format = self.writer.format();
            out.clear();
            format.begin(
                out,
                stamp.set(line.time_us),
                line.level.as_str(),
                HANDLER_TARGET,
            );
            format.field(out, "tenant", line.tenant);
            format.field(out, "event", line.event.as_str());
            format.field(out, "handler", line.handler);
            if let Some(call_id) = line.call_id {
                format.field(out, "call_id", call_id);
            }
            format.end(out, line.text);
            self.writer.push(out, Author::Tenant(line.tenant));
        });
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kept::Kept;
    use crate::{LogFormat, OwnLines};
    use evroute_event::EventName;
    use tracing_subscriber::EnvFilter;
    use tracing_subscriber::layer::SubscriberExt;

    fn written(format: LogFormat) -> String {
        let kept = Kept::default();
        let writer = LogWriter::new(format, kept.clone()).unwrap();
        let journal = HandlerJournal::new(writer.clone(), Some(Level::Info));
        journal.write(&Line {
            level: Level::Info,
            tenant: "demo",
            handler: "local-request",
            event: EventName::new("tm:local-request"),
            call_id: Some("a\r\nb"),
            time_us: 1_700_000_000_000_042,
            text: "one\ntwo\n",
        });
        writer.flush();
        kept.text()
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

    /// The least important level that is kept under a filter.
    fn kept_by(filter: &str) -> Option<Level> {
        let writer = LogWriter::new(LogFormat::Text, Kept::default()).unwrap();
        let subscriber = tracing_subscriber::registry()
            .with(EnvFilter::try_new(filter).unwrap())
            .with(OwnLines::new(writer.clone()));
        let journal =
            tracing::subscriber::with_default(subscriber, || HandlerJournal::filtered(writer));
        assert_eq!(
            journal.keeps(Level::Error),
            journal.keeps.is_some(),
            "{filter}"
        );
        journal.keeps
    }

    #[test]
    fn the_filter_of_the_log_governs_handlers_under_a_target_of_their_own() {
        for (filter, keeps) in [
            ("off", None),
            ("error", Some(Level::Error)),
            ("warn", Some(Level::Warning)),
            ("info", Some(Level::Info)),
            ("debug", Some(Level::Debug)),
            ("trace", Some(Level::Debug)),
            ("warn,evroute_module_core=debug", Some(Level::Warning)),
            ("evroute_module_core=trace", None),
            ("off,evroute::handler=info", Some(Level::Info)),
            ("debug,evroute::handler=off", None),
            ("info,evroute=error", Some(Level::Error)),
        ] {
            assert_eq!(kept_by(filter), keeps, "{filter}");
        }
    }
}
