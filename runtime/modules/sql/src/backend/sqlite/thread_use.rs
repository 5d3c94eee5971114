//! What a thread has used so far, as the system counts it.

use std::fs::File;
use std::os::unix::fs::FileExt;
use std::time::Duration;

use rustix::time::{ClockId, clock_gettime};

/// What Linux counts for each thread (proc_pid_io(5)).
const COUNTERS: &str = "/proc/thread-self/io";
/// The line with the bytes that were handed to write(2) and its like, whatever became of them.
const WRITTEN: &str = "wchar: ";

/// The counters of the thread that made this.
#[derive(Debug)]
pub(super) struct ThreadUse {
    counters: Option<File>,
}

impl ThreadUse {
    pub(super) fn of_this_thread() -> Self {
        let counters = File::open(COUNTERS).ok();
        let counters = counters.filter(|file| read_written(file).is_some());
        Self { counters }
    }

    /// Whether the system says what the thread writes.
    pub(super) fn counts_writes(&self) -> bool {
        self.counters.is_some()
    }

    /// How many bytes the thread has written; 0 where the system does not say.
    pub(super) fn written(&self) -> u64 {
        self.counters.as_ref().and_then(read_written).unwrap_or(0)
    }

    /// How long processors were busy with the thread that calls this.
    pub(super) fn time() -> Duration {
        let time = clock_gettime(ClockId::ThreadCPUTime);
        Duration::try_from(time).unwrap_or_default()
    }
}

fn read_written(counters: &File) -> Option<u64> {
    let mut page = [0; 512];
    let length = counters.read_at(&mut page, 0).ok()?;
    let text = std::str::from_utf8(page.get(..length)?).ok()?;
    let line = text.lines().find_map(|line| line.strip_prefix(WRITTEN))?;
    line.trim().parse().ok()
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use super::*;

    #[test]
    fn what_a_thread_writes_is_counted_to_the_byte_and_to_itself() {
        let before = ThreadUse::of_this_thread();
        let begun = before.written();
        let mut file = tempfile::tempfile().unwrap();
        file.write_all(&[0; 12_345]).unwrap();
        let of_another = std::thread::spawn(|| {
            let mut file = tempfile::tempfile().unwrap();
            file.write_all(&[0; 777]).unwrap();
        });
        of_another.join().unwrap();
        if before.counts_writes() {
            assert_eq!(before.written() - begun, 12_345);
        }
    }

    #[test]
    fn the_time_of_a_thread_stands_still_while_it_waits() {
        let begun = ThreadUse::time();
        let mut sum = 0_u64;
        while ThreadUse::time() == begun {
            sum = std::hint::black_box(sum.wrapping_add(1));
        }
        assert!(ThreadUse::time() > begun);
    }
}
