//! Which lines of handlers a filter keeps. Alone in its process, and one test: what `tracing` has
//! found to be off is remembered for the whole process.

#![allow(
    clippy::unwrap_used,
    reason = "all of this is a test, with functions beside those that are marked as one"
)]

use evroute_module_log::{HandlerLogSink, Level, LogFormat, LogSink, LogWriter, TracingLayer};
use tracing_subscriber::EnvFilter;
use tracing_subscriber::layer::SubscriberExt;

/// The levels that are kept under a filter.
fn kept_by(filter: &str) -> Vec<Level> {
    let writer = LogWriter::new(LogFormat::Text, std::io::sink()).unwrap();
    let subscriber = tracing_subscriber::registry()
        .with(EnvFilter::try_new(filter).unwrap())
        .with(TracingLayer::new(writer.clone()));
    let log_sink =
        tracing::subscriber::with_default(subscriber, || HandlerLogSink::filtered(writer));
    let all = [Level::Error, Level::Warning, Level::Info, Level::Debug];
    let kept = all.into_iter().filter(|level| log_sink.keeps(*level));
    kept.collect()
}

#[test]
fn the_filter_of_the_log_governs_handlers_under_a_target_of_their_own() {
    let all = [Level::Error, Level::Warning, Level::Info, Level::Debug];
    for (filter, kept) in [
        ("off", 0),
        ("error", 1),
        ("warn", 2),
        ("info", 3),
        ("debug", 4),
        ("trace", 4),
        ("warn,evroute_module_core=debug", 2),
        ("evroute_module_core=trace", 0),
        ("off,evroute::handler=info", 3),
        ("debug,evroute::handler=off", 0),
        ("info,evroute=error", 1),
    ] {
        assert_eq!(kept_by(filter), all[..kept], "{filter}");
    }
}
