//! A log that keeps its lines.

use std::sync::{Mutex, PoisonError};

use evroute_module_log::{Level, Line, LogSink};

/// Keeps every line as `LEVEL text`.
#[derive(Default)]
pub(crate) struct Captured(Mutex<Vec<String>>);

impl Captured {
    /// The lines so far; it begins anew.
    pub(crate) fn take(&self) -> Vec<String> {
        std::mem::take(&mut *self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

impl LogSink for Captured {
    fn keeps(&self, _level: Level) -> bool {
        true
    }

    fn write(&self, line: &Line<'_>) {
        let text = format!("{} {}", line.level.as_str(), line.text);
        self.0
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .push(text);
    }
}
