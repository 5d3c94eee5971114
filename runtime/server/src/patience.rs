//! What takes long says what it does.

use std::sync::mpsc;
use std::thread;
use std::time::Duration;

/// How long people wait without a word.
pub const PATIENCE: Duration = Duration::from_secs(1);

/// Does something, and calls `tell` once from another thread if it is not over after `patience`.
pub fn reported_when_slow<T>(
    patience: Duration,
    tell: impl FnOnce() + Send,
    work: impl FnOnce() -> T,
) -> T {
    thread::scope(|threads| {
        let (over, wait) = mpsc::sync_channel::<()>(0);
        let teller = move || {
            if wait.recv_timeout(patience) == Err(mpsc::RecvTimeoutError::Timeout) {
                tell();
            }
        };
        // Without a thread nobody is told.
        let _ = thread::Builder::new()
            .name("patience".to_owned())
            .spawn_scoped(threads, teller);
        let done = work();
        drop(over);
        done
    })
}

/// A number of bytes as people say it.
#[must_use]
pub fn megabytes(bytes: usize) -> String {
    let tenths = bytes / 100_000;
    format!("{}.{} MB", tenths / 10, tenths % 10)
}

#[cfg(test)]
mod tests {
    use std::sync::mpsc::channel;

    use super::*;

    #[test]
    fn what_is_not_over_in_time_is_reported_once_and_what_is_over_is_not() {
        let (reported, tellings) = channel();
        let tell = {
            let reported = reported.clone();
            move || reported.send("slow").unwrap()
        };
        // The work waits for being told of.
        let heard = reported_when_slow(Duration::ZERO, tell, || tellings.recv().unwrap());
        assert_eq!(heard, "slow");
        let done = reported_when_slow(Duration::MAX, move || reported.send("late").unwrap(), || 5);
        assert_eq!(done, 5);
        assert!(tellings.try_recv().is_err());
    }

    #[test]
    fn sizes_have_one_decimal() {
        assert_eq!(megabytes(20_149_999), "20.1 MB");
        assert_eq!(megabytes(90_000), "0.0 MB");
    }
}
