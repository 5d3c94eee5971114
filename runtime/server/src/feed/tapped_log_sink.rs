//! The log of a tenant's handlers, and those who look on.

use std::sync::Arc;

use evroute_module_api::{Level, Line, LogSink};

use super::Feed;

/// Writes lines into the log as before, and shows them to who looks on: those as well that the
/// operator's filter keeps out of the log.
pub(crate) struct TappedLogSink<S> {
    log: S,
    feed: Arc<Feed>,
}

impl<S: LogSink> TappedLogSink<S> {
    pub(crate) fn new(log: S, feed: Arc<Feed>) -> Self {
        Self { log, feed }
    }
}

impl<S: LogSink> LogSink for TappedLogSink<S> {
    fn keeps(&self, level: Level) -> bool {
        self.log.keeps(level) || self.feed.has_line_readers()
    }

    fn write(&self, line: &Line<'_>) {
        if self.log.keeps(line.level) {
            self.log.write(line);
            self.feed.keep(line);
        }
        self.feed.line(line);
    }
}
