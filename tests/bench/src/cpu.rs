//! CPU time of other processes, from /proc.
//!
//! `/proc/PID/stat` counts utime and stime in ticks of 10 ms and includes threads
//! that have ended; `/proc/PID/task/*/schedstat` counts nanoseconds on the CPU but only
//! of threads that live. The greater of the two is exact while no thread ends and
//! never loses more than a tick when one does.

use std::collections::HashMap;
use std::fs;
use std::time::Duration;

/// USER_HZ, the unit of /proc/PID/stat: 100 on every Linux architecture we run on.
const TICK: Duration = Duration::from_millis(10);

/// CPU time (user and system) that one process has used so far; zero when it is gone.
pub(crate) fn of_process(id: u32) -> Duration {
    of_living_threads(id).max(by_ticks(id))
}

/// CPU time of a process and all its descendants that live.
pub(crate) fn of_tree(root: u32) -> Duration {
    let children = children_by_parent();
    let mut total = Duration::ZERO;
    let mut open = vec![root];
    while let Some(id) = open.pop() {
        total += of_process(id);
        if let Some(more) = children.get(&id) {
            open.extend(more);
        }
    }
    total
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

/// The fields of /proc/PID/stat after the command name, which may contain anything.
fn stat_fields(id: u32) -> Option<Vec<String>> {
    let text = fs::read_to_string(format!("/proc/{id}/stat")).ok()?;
    let (_, rest) = text.rsplit_once(')')?;
    Some(rest.split_whitespace().map(str::to_owned).collect())
}

fn children_by_parent() -> HashMap<u32, Vec<u32>> {
    let mut children: HashMap<u32, Vec<u32>> = HashMap::new();
    let Ok(entries) = fs::read_dir("/proc") else {
        return children;
    };
    for entry in entries.flatten() {
        let Some(id) = entry
            .file_name()
            .to_str()
            .and_then(|name| name.parse().ok())
        else {
            continue;
        };
        let parent = stat_fields(id).and_then(|fields| fields.get(1)?.parse().ok());
        if let Some(parent) = parent {
            children.entry(parent).or_default().push(id);
        }
    }
    children
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
