//! Signals to a running server.

use std::convert::Infallible;
use std::sync::Arc;

use tokio::signal::unix::{Signal, SignalKind, signal};

use crate::{Log, Shutdown, Status};

/// Signals, caught: from then on none of them ends the process by itself.
#[derive(Debug)]
pub(crate) struct Signals {
    interrupt: Signal,
    terminate: Signal,
    hangup: Signal,
    user1: Signal,
    user2: Signal,
}

/// What signals are about.
#[derive(Clone, Debug)]
pub(crate) struct Orders {
    pub(crate) shutdown: Shutdown,
    pub(crate) status: Arc<Status>,
    pub(crate) log: Log,
}

/// A signal.
#[derive(Clone, Copy)]
enum Order {
    Stop(&'static str),
    Reopen,
    Tell(&'static str),
}

impl Signals {
    /// Catches signals from now on. Must be called inside the runtime.
    ///
    /// # Errors
    /// When the system does not let signals be caught.
    pub(crate) fn catch() -> std::io::Result<Self> {
        // A write beyond RLIMIT_FSIZE would end the server. Caught once it never does: whoever
        // wrote has an error, as from a full disk.
        drop(signal(SignalKind::from_raw(
            rustix::process::Signal::XFSZ.as_raw(),
        ))?);
        Ok(Self {
            interrupt: signal(SignalKind::interrupt())?,
            terminate: signal(SignalKind::terminate())?,
            hangup: signal(SignalKind::hangup())?,
            user1: signal(SignalKind::user_defined1())?,
            user2: signal(SignalKind::user_defined2())?,
        })
    }

    /// SIGINT and SIGTERM: the first drains, the second cuts. SIGHUP opens the log file anew.
    /// SIGUSR1 and SIGUSR2 put the state into the log. Never ends: to be dropped when the server
    /// has stopped.
    pub(crate) async fn run(mut self, orders: &Orders) -> Infallible {
        let mut is_stopping = false;
        loop {
            match self.next().await {
                Order::Stop(name) if is_stopping => {
                    tracing::warn!("{name} again: stopping at once");
                    orders.shutdown.cut_short();
                }
                Order::Stop(name) => {
                    is_stopping = true;
                    orders.stop(name);
                }
                Order::Reopen => orders.reopen(),
                Order::Tell(name) => orders.tell(name),
            }
        }
    }

    async fn next(&mut self) -> Order {
        tokio::select! {
            _ = self.interrupt.recv() => Order::Stop("SIGINT"),
            _ = self.terminate.recv() => Order::Stop("SIGTERM"),
            _ = self.hangup.recv() => Order::Reopen,
            _ = self.user1.recv() => Order::Tell("SIGUSR1"),
            _ = self.user2.recv() => Order::Tell("SIGUSR2"),
        }
    }
}

impl Orders {
    fn stop(&self, name: &str) {
        if self.status.ready().is_some() {
            tracing::info!("{name}: finishing what is under way; once more stops at once");
        } else {
            tracing::info!("{name}: stopping before the start is over");
        }
        self.shutdown.begin();
    }

    fn reopen(&self) {
        match (self.log.file(), self.log.reopen()) {
            (Some(file), Ok(())) => {
                tracing::info!("SIGHUP: the log goes on in {}, opened anew", file.display());
            }
            (None, Ok(())) => tracing::info!(
                "SIGHUP: nothing to do: the log goes to standard error, and the configuration is read at the start only"
            ),
            (_, Err(error)) => {
                tracing::error!("SIGHUP: {error}; the log goes on in the file that was open");
            }
        }
    }

    fn tell(&self, name: &str) {
        tracing::info!(
            status = self.status.phase(&self.shutdown).as_str(),
            uptime_seconds = self.status.uptime().as_secs(),
            tasks = self.shutdown.tasks().len(),
            log_lines_dropped = self.log.dropped(),
            "{name}: this is the state; GET /metrics says more"
        );
    }
}
