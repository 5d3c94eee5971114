//! Stopping: drain, then count, then force.

use std::fmt;
use std::time::Duration;

use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

/// How long tasks that are to stop at once may take to notice, and databases to close then.
pub(crate) const CUT_GRACE: Duration = Duration::from_secs(1);

/// How a server stops. Cheap to clone; every clone is about the same stop.
///
/// Draining means: take nothing new, finish what is under way. Closing means: nothing is under way
/// any more, the sockets can go. Cutting means: drop everything.
#[derive(Clone, Debug)]
pub struct Shutdown {
    drain: CancellationToken,
    close: CancellationToken,
    cut: CancellationToken,
    tasks: TaskTracker,
}

/// How a stop ended.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Stopped {
    /// It was asked to before it was ready. Nothing had been let in yet.
    BeforeReady,
    /// Everything under way was finished.
    Drained,
    /// The time was over, or a second signal came: this many tasks were dropped.
    Cut(usize),
}

impl Default for Shutdown {
    fn default() -> Self {
        Self::new()
    }
}

impl fmt::Display for Stopped {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::BeforeReady => f.write_str("the start was not over, and nobody had been let in"),
            Self::Drained => f.write_str("everything under way was finished"),
            Self::Cut(tasks) => write!(f, "{tasks} tasks were cut short"),
        }
    }
}

impl Shutdown {
    /// A server that runs.
    #[must_use]
    pub fn new() -> Self {
        let cut = CancellationToken::new();
        Self {
            drain: CancellationToken::new(),
            close: cut.child_token(),
            cut,
            tasks: TaskTracker::new(),
        }
    }

    /// Where every task of the server is spawned, so that a stop can wait for it.
    #[must_use]
    pub fn tasks(&self) -> &TaskTracker {
        &self.tasks
    }

    /// Cancelled when draining begins. Tasks that take work in stop doing so.
    #[must_use]
    pub fn draining(&self) -> &CancellationToken {
        &self.drain
    }

    /// Cancelled when nothing is under way any more, and when waiting is over. Sockets close.
    #[must_use]
    pub fn closing(&self) -> &CancellationToken {
        &self.close
    }

    /// Cancelled when waiting is over. Tasks drop what they hold.
    #[must_use]
    pub fn cutting(&self) -> &CancellationToken {
        &self.cut
    }

    /// Begins to drain. A second call changes nothing.
    pub fn begin(&self) {
        self.drain.cancel();
    }

    /// Stops waiting.
    pub fn cut_short(&self) {
        self.drain.cancel();
        self.cut.cancel();
    }

    /// Waits until draining begins, then until all tasks are done, `grace` is over or waiting was
    /// cut short.
    pub async fn finish(&self, grace: Duration) -> Stopped {
        self.drain.cancelled().await;
        self.tasks.close();
        tokio::select! {
            () = self.tasks.wait() => return Stopped::Drained,
            () = self.cut.cancelled() => {}
            () = tokio::time::sleep(grace) => {}
        }
        let left = self.tasks.len();
        self.cut.cancel();
        // A task that does not even notice is left to the runtime, which drops it.
        tokio::time::timeout(CUT_GRACE, self.tasks.wait())
            .await
            .unwrap_or_default();
        Stopped::Cut(left)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const GRACE: Duration = Duration::from_secs(10);

    #[tokio::test(start_paused = true)]
    async fn a_stop_waits_for_what_is_under_way() {
        let shutdown = Shutdown::new();
        shutdown
            .tasks()
            .spawn(tokio::time::sleep(Duration::from_secs(9)));
        shutdown.begin();
        assert_eq!(shutdown.finish(GRACE).await, Stopped::Drained);
    }

    #[tokio::test(start_paused = true)]
    async fn a_stop_does_not_wait_longer_than_its_grace() {
        let shutdown = Shutdown::new();
        let begun = tokio::time::Instant::now();
        shutdown.tasks().spawn(std::future::pending::<()>());
        let cutting = shutdown.cutting().clone();
        shutdown
            .tasks()
            .spawn(async move { cutting.cancelled().await });
        shutdown.begin();
        assert_eq!(shutdown.finish(GRACE).await, Stopped::Cut(2));
        assert_eq!(begun.elapsed(), GRACE + CUT_GRACE);
        assert_eq!(shutdown.tasks().len(), 1, "the task that listens has ended");
    }

    #[tokio::test(start_paused = true)]
    async fn a_second_request_cuts_the_wait() {
        let shutdown = Shutdown::new();
        let begun = tokio::time::Instant::now();
        let cutting = shutdown.cutting().clone();
        shutdown
            .tasks()
            .spawn(async move { cutting.cancelled().await });
        let other = shutdown.clone();
        shutdown.begin();
        let (stopped, ()) = tokio::join!(shutdown.finish(GRACE), async move {
            tokio::time::sleep(Duration::from_secs(2)).await;
            other.cut_short();
        });
        assert_eq!(stopped, Stopped::Cut(1));
        assert_eq!(begun.elapsed(), Duration::from_secs(2));
    }

    #[tokio::test(start_paused = true)]
    async fn nothing_stops_before_it_is_asked_to() {
        let shutdown = Shutdown::new();
        let wait = tokio::time::timeout(Duration::from_secs(3600), shutdown.finish(GRACE));
        assert!(wait.await.is_err());
    }
}
