//! A log that is counted and thrown away.

use std::sync::atomic::{AtomicU64, Ordering};

use evroute_module_log::{Level, Line, LogSink};

/// How much was logged.
#[derive(Default)]
pub(crate) struct CountedLog {
    lines: AtomicU64,
    bytes: AtomicU64,
}

impl CountedLog {
    /// Lines and bytes so far; it begins anew.
    pub(crate) fn take(&self) -> (u64, u64) {
        let take = |number: &AtomicU64| number.swap(0, Ordering::Relaxed);
        (take(&self.lines), take(&self.bytes))
    }
}

impl LogSink for CountedLog {
    fn keeps(&self, _: Level) -> bool {
        true
    }

    fn write(&self, line: &Line<'_>) {
        let bytes = u64::try_from(line.text.len()).unwrap_or(u64::MAX);
        self.lines.fetch_add(1, Ordering::Relaxed);
        self.bytes.fetch_add(bytes, Ordering::Relaxed);
    }
}
