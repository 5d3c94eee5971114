//! A value that logs while it is written into a line. Alone in its process: the subscriber is that
//! of the whole process, and would write the lines of every other test.

#![allow(
    clippy::unwrap_used,
    reason = "all of this is a test, with functions beside those that are marked as one"
)]

use std::fmt::Debug;
use std::io::Write;
use std::sync::{Arc, Mutex};

use evroute_module_log::{LogFormat, LogWriter, TracingLayer};
use tracing_subscriber::layer::SubscriberExt;

#[derive(Clone, Default)]
struct Captured(Arc<Mutex<Vec<u8>>>);

impl Write for Captured {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

struct Chatty;

impl Debug for Chatty {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        tracing::info!("inner");
        f.write_str("outer")
    }
}

#[test]
fn showing_a_value_may_log_in_turn() {
    let captured = Captured::default();
    let writer = LogWriter::new(LogFormat::Text, captured.clone()).unwrap();
    let subscriber = tracing_subscriber::registry().with(TracingLayer::new(writer.clone()));
    // A subscriber of one thread is not asked again while it is at work; the one of the process is.
    tracing::subscriber::set_global_default(subscriber).unwrap();
    tracing::info!("{:?}", Chatty);
    writer.flush();
    let text = String::from_utf8(captured.0.lock().unwrap().clone()).unwrap();
    let said = text.lines().filter_map(|line| line.rsplit(' ').next());
    assert_eq!(said.collect::<Vec<_>>(), ["inner", "outer"]);
}
