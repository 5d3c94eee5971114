//! What a child took of processors.

use std::cell::Cell;
use std::fs;
use std::process::Child;
use std::time::Duration;

use rustix::param::clock_ticks_per_second;
use rustix::process::{Pid, WaitId, WaitIdOptions, waitid};

thread_local! {
    /// What the children of this thread took.
    static TOOK: Cell<Duration> = const { Cell::new(Duration::ZERO) };
}

/// Does something, and says what processor time compiling took in children of this thread
/// meanwhile, whatever came of it. Compiling is waited for in the thread that asks for it.
pub fn cpu_time<T>(work: impl FnOnce() -> T) -> (T, Duration) {
    let before = TOOK.get();
    let done = work();
    (done, TOOK.get().saturating_sub(before))
}

/// A child of this thread took so much.
pub(crate) fn count(took: Duration) {
    TOOK.set(TOOK.get().saturating_add(took));
}

/// Waits until a child has ended and says what processor time it took, all its threads together, to
/// a hundredth of a second. It is not reaped, so that its number is still its own. None where the
/// system does not say.
pub(crate) fn at_end(child: &Child) -> Option<Duration> {
    let id = i32::try_from(child.id()).ok().and_then(Pid::from_raw)?;
    let options = WaitIdOptions::EXITED | WaitIdOptions::NOWAIT;
    waitid(WaitId::Pid(id), options).ok()?;
    let stat = fs::read_to_string(format!("/proc/{}/stat", child.id())).ok()?;
    of_stat(&stat, clock_ticks_per_second())
}

/// User and system time (proc_pid_stat(5), fields 14 and 15). The second field is the program's
/// name in parentheses, which may have any characters in it.
fn of_stat(stat: &str, ticks_per_second: u64) -> Option<Duration> {
    let (_, fields) = stat.rsplit_once(')')?;
    // The third field is the first of these.
    let mut fields = fields.split_whitespace().skip(11);
    let user: u64 = fields.next()?.parse().ok()?;
    let system: u64 = fields.next()?.parse().ok()?;
    let ticks = user.saturating_add(system);
    let millis = ticks.saturating_mul(1000).checked_div(ticks_per_second)?;
    Some(Duration::from_millis(millis))
}

#[cfg(test)]
mod tests {
    use std::process::Command;

    use super::*;

    #[test]
    fn user_and_system_time_are_added_whatever_the_program_is_called() {
        let fields = "Z 1 2 3 4 5 6 7 8 9 10 250 50 13 14";
        let stat = format!("77 (a) (b c) {fields}");
        assert_eq!(of_stat(&stat, 100), Some(Duration::from_secs(3)));
        assert_eq!(of_stat("77 (a) Z 1", 100), None);
        assert_eq!(of_stat("", 100), None);
        assert_eq!(of_stat(&stat, 0), None);
    }

    #[test]
    fn what_children_took_is_told_to_whoever_asked_in_this_thread() {
        let second = Duration::from_secs(1);
        count(second);
        let (inner, took) = cpu_time(|| {
            count(second);
            std::thread::spawn(|| count(Duration::from_secs(100)))
                .join()
                .unwrap();
            cpu_time(|| count(second)).1
        });
        assert_eq!((inner, took), (second, 2 * second));
    }

    #[test]
    fn a_child_that_works_has_taken_time_and_is_reaped_afterwards() {
        // Until it has used a second of processor time, however long that takes.
        let work = "ulimit -t 1; while :; do :; done";
        let mut child = Command::new("sh").args(["-c", work]).spawn().unwrap();
        let took = at_end(&child).unwrap();
        assert!(took >= Duration::from_millis(900), "{took:?}");
        assert!(!child.wait().unwrap().success());
    }
}
