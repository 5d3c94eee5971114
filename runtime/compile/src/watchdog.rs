//! The wall clock of a child, from outside.

use std::os::fd::OwnedFd;
use std::process::Child;
use std::sync::mpsc::{RecvTimeoutError, Sender, channel};
use std::thread::JoinHandle;
use std::time::Duration;

use rustix::process::{Pid, PidfdFlags, Signal, pidfd_open, pidfd_send_signal};

/// Kills a child that is not over in time.
pub(crate) struct Watchdog {
    is_over: Sender<()>,
    thread: JoinHandle<bool>,
}

impl Watchdog {
    /// Watches a child for so long. The error is a sentence.
    pub(crate) fn begin(child: &Child, wall: Duration) -> Result<Self, String> {
        let handle = handle(child).ok_or("the compiler has no handle")?;
        let (is_over, over) = channel();
        let thread = std::thread::Builder::new().name("evroute-watchdog".to_owned());
        let thread = thread.spawn(move || match over.recv_timeout(wall) {
            Err(RecvTimeoutError::Timeout) => {
                // It may have ended a moment ago; nobody else has its handle.
                let _ = pidfd_send_signal(&handle, Signal::KILL);
                true
            }
            Ok(()) | Err(RecvTimeoutError::Disconnected) => false,
        });
        let thread = thread.map_err(|error| format!("no thread for its clock: {error}"))?;
        Ok(Self { is_over, thread })
    }

    /// The child is over. Whether it was killed for its time.
    pub(crate) fn end(self) -> bool {
        drop(self.is_over);
        self.thread.join().unwrap_or(false)
    }
}

/// A handle of a process, which is never another's, whatever its number.
fn handle(child: &Child) -> Option<OwnedFd> {
    let id = i32::try_from(child.id()).ok().and_then(Pid::from_raw)?;
    pidfd_open(id, PidfdFlags::empty()).ok()
}
