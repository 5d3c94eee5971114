//! CPU time of other processes, from /proc.
//!
//! `/proc/PID/stat` counts utime and stime in ticks of 10 ms and includes threads
//! that have ended; `/proc/PID/task/*/schedstat` counts nanoseconds on the CPU but only
//! of threads that live. The greater of the two is exact while no thread ends and
//! never loses more than a tick when one does.

use std::fs;
use std::time::Duration;

use crate::process::{self, stat_fields};

/// USER_HZ, the unit of /proc/PID/stat: 100 on every Linux architecture we run on.
const TICK: Duration = Duration::from_millis(10);

/// CPU time (user and system) that one process has used so far; zero when it is gone.
pub(crate) fn of_process(id: u32) -> Duration {
    of_living_threads(id).max(by_ticks(id))
}

/// CPU time of a process and all its descendants that live.
pub(crate) fn of_tree(root: u32) -> Duration {
    process::tree(root).into_iter().map(of_process).sum()
}

fn of_living_threads(id: u32) -> Duration {
    let Ok(tasks) = fs::read_dir(format!("/proc/{id}/task")) else {
        return Duration::ZERO;
    };
    tasks
        .flatten()
        .filter_map(|task| fs::read_to_string(task.path().join("schedstat")).ok())
        .filter_map(|text| text.split_whitespace().next()?.parse().ok())
        .map(Duration::from_nanos)
        .sum()
}

fn by_ticks(id: u32) -> Duration {
    let Some(fields) = stat_fields(id) else {
        return Duration::ZERO;
    };
    // Fields 14 and 15 of proc(5), counted from the state, which is field 3.
    let ticks = |index: usize| fields.get(index).and_then(|text| text.parse::<u32>().ok());
    TICK * (ticks(11).unwrap_or(0) + ticks(12).unwrap_or(0))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn work_done_here_is_counted_here() {
        let before = of_process(std::process::id());
        let mut sum = 0_u64;
        while of_process(std::process::id()) < before + Duration::from_millis(20) {
            sum = std::hint::black_box(sum.wrapping_add(1));
        }
        assert!(of_tree(std::process::id()) >= before + Duration::from_millis(20));
    }

    #[test]
    fn a_process_that_is_gone_counts_nothing() {
        assert_eq!(of_process(u32::MAX), Duration::ZERO);
    }
}
