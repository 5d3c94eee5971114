//! Whether a run waits for its runner.

use std::sync::atomic::{AtomicBool, Ordering};

/// Whether a run in the async lane waits for its runner, which is at work meanwhile and takes its
/// tenant's time, or for something else. Told by the run, whenever it is polled.
#[derive(Debug, Default)]
pub struct RunnerAtWork(AtomicBool);

impl RunnerAtWork {
    /// Whether it is the runner.
    #[must_use]
    pub fn is_at_work(&self) -> bool {
        self.0.load(Ordering::Relaxed)
    }

    pub(crate) fn set(&self, is_at_work: bool) {
        self.0.store(is_at_work, Ordering::Relaxed);
    }
}
