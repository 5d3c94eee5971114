//! The thread that starts runners and ends those that nobody uses.

use std::io;
use std::sync::mpsc::{Receiver, RecvTimeoutError, SyncSender, sync_channel};
use std::sync::{Arc, Weak};
use std::time::Duration;

use crate::RunnerConfig;
use crate::runner::Runner;
use crate::runner_pool::Runners;

/// How often it looks for runners that nobody uses.
const SWEEP: Duration = Duration::from_secs(5);
/// How many wait to be started.
const STARTS_MAX: usize = 64;

/// Where a runner goes that was started, or why there is none.
type Started = SyncSender<Result<Runner, String>>;

/// The thread that starts runners: a process ends with the thread that started it, and this one
/// lives as long as the pool.
#[derive(Debug)]
pub(crate) struct Keeper(SyncSender<Started>);

impl Keeper {
    pub(crate) fn start(config: RunnerConfig, runners: &Arc<Runners>) -> io::Result<Self> {
        let (asks, asked) = sync_channel(STARTS_MAX);
        let runners = Arc::downgrade(runners);
        let thread = std::thread::Builder::new().name("evroute-cells".to_owned());
        thread.spawn(move || keep(&config, &asked, &runners))?;
        Ok(Self(asks))
    }

    /// A new process. The error is a sentence.
    pub(crate) fn spawn(&self) -> Result<Runner, String> {
        let (started, starts) = sync_channel(1);
        let gone = "the thread that starts runners has ended";
        self.0.send(started).map_err(|_| gone.to_owned())?;
        starts.recv().map_err(|_| gone.to_owned())?
    }
}

fn keep(config: &RunnerConfig, asked: &Receiver<Started>, runners: &Weak<Runners>) {
    loop {
        match asked.recv_timeout(SWEEP) {
            Ok(started) => {
                // Whoever asked and has gone does not need it.
                let _ = started.send(Runner::spawn(config));
            }
            Err(RecvTimeoutError::Timeout) => match runners.upgrade() {
                Some(runners) => runners.end_unused(),
                None => return,
            },
            Err(RecvTimeoutError::Disconnected) => return,
        }
    }
}
